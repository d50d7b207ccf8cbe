"""A bot stays while others come and go, answers them, and stops when told."""

import asyncio
import os
import signal
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

import signaling
from hairpin.calling.bot import BotManners, BotPlan, run_bot
from hairpin.calling.plan import CallPlan, Picture
from hairpin.calling.results import CallResult
from hairpin.calling.screen import Screen
from hairpin.commands import app
from hairpin.services import Running
from peer import Configuration, SessionState, meet

CONFIGURATION = Configuration(host_addresses=("127.0.0.1",))


def plan(running: Running, room: str, **more: Any) -> BotPlan:
    call = CallPlan(
        room=room,
        url=running.signaling_url,
        name="Bot",
        configuration=CONFIGURATION,
        picture=Picture(160, 120, 10),
        quiet=True,
    )
    return BotPlan(call, **more)


def started(wanted: BotPlan) -> "asyncio.Task[CallResult]":
    return asyncio.create_task(run_bot(wanted, Screen(wanted.call)))


async def test_it_greets_answers_and_shows_each_who_comes_and_stops_when_told(
    running: Running,
) -> None:
    wanted = plan(running, "bot")
    bot = started(wanted)
    async with asyncio.timeout(120):
        for _ in range(2):
            async with meet(running.signaling_url, "bot", CONFIGURATION) as session:
                channel = await session.connected()
                assert "I am a bot" in str(await channel.receive())
                await channel.send("/stats")
                assert "We are connected direct" in str(await channel.receive())
                assert session.remote_meta["bot"] is True
                assert session.state is SessionState.CONNECTED
                tracks = session.tracks()
                kinds = {(await anext(tracks)).kind for _ in range(2)}
                assert kinds == {"audio", "video"}
        os.kill(os.getpid(), signal.SIGTERM)
        result = await bot
    assert result.reason == "stopped here"
    assert not result.over


async def test_one_with_nobody_ends_after_a_while_if_it_was_told_to(running: Running) -> None:
    async with asyncio.timeout(60):
        result = await started(plan(running, "idle-bot", idle=0.1))
    assert result.reason == "nobody was there for 0.1 s"


async def test_who_is_put_out_of_the_room_ends_and_says_so(running: Running) -> None:
    async with signaling.connect(running.signaling_url) as client:
        await client.join("kicks", key="right")
        wrong = BotPlan(CallPlan(room="kicks", url=running.signaling_url, key="wrong", quiet=True))
        with pytest.raises(signaling.RefusedError, match="key"):
            await run_bot(wrong, Screen(wrong.call))


def test_an_echo_is_switched_by_what_a_member_writes() -> None:
    switched: list[Any] = []
    media: Any = SimpleNamespace(echo=lambda _, track, kind: switched.append((track, kind)))
    session: Any = SimpleNamespace(remote_meta={}, remote="aoi", path=None, report=lambda: None)
    room: Any = SimpleNamespace(sessions=[session])
    track: Any = SimpleNamespace(kind="video")

    async def main() -> None:
        manners = BotManners(BotPlan(CallPlan(room="r")), session, media, room)
        manners.take(track)
        assert not switched
        assert manners.answer(b"bytes") == ()
        manners.answer("/echo on")
        assert "not connected" in str(manners.answer("/stats")[0])
        manners.take(track)
        manners.answer("/echo off")

    asyncio.run(main())
    assert switched == [(track, "video"), (track, "video"), (None, "video")]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("r", "--signaling", "ws://127.0.0.1:9"), 3, "hairpin up"),
        (("r", "--size", "7x7"), 2, "160x120"),
        (("http://host/",), 2, "names no room"),
        (("r", "--play", "no-such-file"), 2, "no-such-file"),
        (("--help",), 0, "Example: hairpin bot tea-room"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    arguments: tuple[str, ...], status: int, message: str
) -> None:
    result = CliRunner().invoke(app, ["bot", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert result.exit_code == status
    assert message in " ".join(result.output.replace("│", " ").split())
