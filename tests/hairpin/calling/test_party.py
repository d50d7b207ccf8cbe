"""Three calls in one room see, hear and tell each other all, and each goes on when another leaves."""

import asyncio
import io
import os
from pathlib import Path

import pytest

import signaling
from hairpin.calling.plan import CallPlan, Doing, Picture
from hairpin.calling.run import run_call
from hairpin.calling.screen import Screen
from hairpin.services import Running
from peer import Configuration, RoomFullError, join

SMALL = Picture(160, 120, 10)
CONFIGURATION = Configuration(host_addresses=("127.0.0.1",))


def plan(running: Running, name: str, **more: object) -> CallPlan:
    return CallPlan(
        room="party",
        url=running.signaling_url,
        name=name,
        picture=SMALL,
        configuration=CONFIGURATION,
        quiet=True,
        **more,  # type: ignore[arg-type]
    )


async def test_a_call_goes_on_until_the_last_of_the_others_has_left(
    running: Running, tmp_path: Path
) -> None:
    keeper = plan(running, "keeper", record=tmp_path / "call.mp4")
    keeping = asyncio.create_task(run_call(keeper, Screen(keeper)))
    reading, writing = os.pipe()
    chats = [
        plan(running, "aoi", doing=Doing.CHAT, pattern=True),
        plan(running, "bob", doing=Doing.CHAT),
    ]
    outs = [io.StringIO(), io.StringIO()]
    waiting, _ = os.pipe()
    calls = [
        asyncio.create_task(run_call(each, Screen(each, out), stdin=stdin))
        for each, out, stdin in zip(chats, outs, (reading, waiting), strict=True)
    ]
    async with asyncio.timeout(120):
        while not (tmp_path / "call.mp4").exists() or not outs[1].getvalue():
            os.write(writing, b"hello\n")
            await asyncio.sleep(0.2)
        os.close(writing)
        first = await calls[0]
        assert first.connected
        assert len(first.others) == 1
        assert not keeping.done()
        calls[1].cancel()
        await asyncio.wait({calls[1]})
        result = await keeping
    os.close(reading)
    assert result.any_connected
    documents = [result.as_document(), *result.as_document()["others"]]
    assert {each["remote"] for each in documents} == {"aoi", "bob"}
    assert [file.name for file in result.recorded] in (["call.mp4"], ["call-aoi.mp4"])


async def test_a_call_to_which_nobody_comes_ends_when_it_was_told_to(running: Running) -> None:
    alone = plan(running, "alone", wait=0.1)
    async with asyncio.timeout(60):
        result = await run_call(alone, Screen(alone))
    assert not result.any_connected
    assert result.reason == "nobody came within 0.1 s"


async def test_a_room_that_is_full_is_a_clear_error(running: Running) -> None:
    async with signaling.connect(running.signaling_url) as client:
        await client.join("party-full", max=1)
        with pytest.raises(RoomFullError, match="'party-full' is full"):
            async with join(running.signaling_url, "party-full", CONFIGURATION):
                pass
