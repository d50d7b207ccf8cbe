"""`hairpin signaling kick`."""

import asyncio
import contextlib
import json
from typing import Any

import pytest

import signaling
from tests.signaling.nodes.redisserver import RedisServer


def test_a_member_is_put_out_and_told_why(ask: Any, running: Any) -> None:
    bob = running.enter("bob", "blue")
    result = ask("kick", "blue", "bob", "--reason", "spam")
    assert (result.exit_code, result.output) == (0, "Put out: bob is out of blue.\n")
    assert running.removed(bob).message == "spam"
    running.enter("carol", "blue")
    assert json.loads(ask("kick", "blue", "carol", "--json").output)["peers"] == ["carol"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("blue", "nobody"), "no member of 'blue' is called 'nobody'"),
        (("nowhere", "bob"), "there is no room 'nowhere'"),
        (("", "bob"), "Expected `str` of length >= 1 - at `$.room`"),
    ],
)
def test_whom_there_is_not_is_one_line_with_status_1(
    ask: Any, running: Any, arguments: tuple[str, str], words: str
) -> None:
    running.enter("bob", "blue")
    result = ask("kick", *arguments)
    assert (result.exit_code, result.output) == (1, f"error: {words}.\n")


def test_over_two_nodes_rooms_are_seen_and_a_member_of_the_other_is_put_out(
    start_signaling: Any, run_signaling: Any
) -> None:
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(RedisServer())
        admin = redis.url.removeprefix("unix://") + "-admin"
        flags = ("--json", "--redis", redis.url, "--node")
        first = stack.enter_context(start_signaling(*flags, "a", "--admin", admin))
        second = stack.enter_context(start_signaling(*flags, "b"))
        urls = [json.loads(one.stdout.readline())["url"] for one in (first, second)]

        async def meet() -> None:
            async with signaling.connect(urls[1], peer="bob", steady=False) as bob:
                await bob.join("blue")
                seen = await asyncio.to_thread(run_signaling, "rooms", "--json", "--admin", admin)
                (room,) = json.loads(seen.output)["rooms"]
                assert [(one["peer"], one["node"]) for one in room["members"]] == [("bob", "b")]
                kick = ("kick", "blue", "bob", "--reason", "spam", "--admin", admin)
                assert (await asyncio.to_thread(run_signaling, *kick)).exit_code == 0
                async for event in bob.events():
                    if isinstance(event, signaling.Removed):
                        assert event.message == "spam"
                        break

        asyncio.run(meet())
        assert "nodes that live" in run_signaling("status", "--admin", admin).output
