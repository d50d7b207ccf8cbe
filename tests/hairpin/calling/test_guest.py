"""What a member offers is taken: its files over a channel that whoever came later opens."""

import asyncio
import hashlib
import json
import os
from pathlib import Path

import pytest

from hairpin.calling.plan import CallPlan, Doing
from hairpin.calling.run import run_call
from hairpin.services import Running
from peer import Configuration, Session, meet
from tests.hairpin.calling.watched import Watched

CONFIGURATION = Configuration(host_addresses=("127.0.0.1",))
OFFER = json.dumps({"t": "offer", "id": 1, "name": "../a.txt", "size": 5, "type": ""})


async def offered(session: Session, *, opens: bool) -> str:
    """Offer a file, send it if it is taken, and give the last answer."""
    await session.connected()
    channel = (
        await session.open_channel("files") if opens else await anext(aiter(session.channels()))
    )
    await channel.send(OFFER)
    answer = str(await channel.receive())
    if json.loads(answer)["t"] == "take":
        await channel.send(b"\0\0\0\1hello")
        digest = hashlib.sha256(b"hello").hexdigest()
        await channel.send(json.dumps({"t": "end", "id": 1, "sha256": digest}))
        while json.loads(answer)["t"] != "done":
            answer = str(await channel.receive())
    return answer


@pytest.mark.parametrize("first", [True, False])
async def test_files_are_saved_whoever_came_first(
    running: Running, tmp_path: Path, first: bool
) -> None:
    stdin, kept_open = os.pipe()
    plan = CallPlan(
        room=f"files-{first}",
        url=running.signaling_url,
        doing=Doing.CHAT,
        configuration=CONFIGURATION,
        save=tmp_path / "new",
        quiet=True,
    )

    screen = Watched(plan)
    joined = asyncio.Event()

    async def offering() -> None:
        async with meet(running.signaling_url, plan.room, CONFIGURATION) as session:
            joined.set()
            answer = json.loads(await offered(session, opens=first))
            assert answer == {"t": "done", "id": 1, "ok": True}

    async def saving() -> None:
        assert (await run_call(plan, screen, stdin=stdin)).connected

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(saving() if first else offering())
        await (screen.waits if first else joined).wait()
        group.create_task(offering() if first else saving())
    os.close(kept_open)
    (file,) = (tmp_path / "new").iterdir()
    assert file.read_text() == "hello"


async def test_where_none_are_saved_an_offer_is_refused(running: Running) -> None:
    plan = CallPlan(
        room="no-files",
        url=running.signaling_url,
        doing=Doing.ECHO,
        configuration=CONFIGURATION,
        quiet=True,
    )
    screen = Watched(plan)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(run_call(plan, screen))
        await screen.waits.wait()
        async with meet(running.signaling_url, plan.room, CONFIGURATION) as session:
            assert json.loads(await offered(session, opens=True)) == {"t": "leave", "id": 1}
