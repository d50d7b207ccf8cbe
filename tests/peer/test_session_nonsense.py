"""What a remote may say to a session that is up or comes up: the reason is told, nothing is harmed."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

import signaling
from peer import SessionFailedError, SessionState, meet
from peer.happenings import ProblemTold

KINDS = signaling.SignalKind


class Forger:
    """A client that changes what goes through it."""

    def __init__(self, client: signaling.Client, forge: Callable[[Any, Any], Any]) -> None:
        self._client = client
        self._forge = forge

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def signal(self, room: str, to: str, kind: Any, data: Any, *, pc: str) -> None:
        await self._client.signal(room, to, kind, self._forge(kind, data), pc=pc)


def play(world: Any, alice: Any, bob: Any, forge: Callable[[Any, Any], Any] | None = None) -> None:
    """Run both sides' acts; what bob says is forged."""

    async def main() -> None:
        joined, done = asyncio.Event(), asyncio.Barrier(2)

        async def side(name: str, act: Any) -> None:
            async with signaling.connect(world.url, peer=name) as plain:
                client = Forger(plain, forge) if name == "bob" and forge is not None else plain
                async with meet(client, "room") as session:
                    joined.set()
                    await act(plain, session)
                    await done.wait()

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, side("alice", alice))
            await joined.wait()
            world.bob.start(group, side("bob", bob))

    world.run(main())


def test_a_fingerprint_that_does_not_match_fails_and_says_that_the_other_is_not_who_it_says(
    make_world: Any,
) -> None:
    def forge(kind: Any, data: Any) -> Any:
        if kind is not KINDS.OFFER:
            return data
        wrong = ":".join(["AB"] * 32)
        return {
            **data,
            "sdp": re.sub(r"(fingerprint:sha-256 )[0-9A-F:]+", rf"\g<1>{wrong}", data["sdp"]),
        }

    async def alice(_: Any, session: Any) -> None:
        with pytest.raises(SessionFailedError, match="DTLS failed: the other side is not who"):
            await session.connected()
        assert session.state is SessionState.FAILED

    async def bob(_: Any, session: Any) -> None:
        with pytest.raises(SessionFailedError):
            await session.connected()

    play(make_world(), alice, bob, forge)


CANDIDATE = "candidate:{0} 1 udp {0} 192.0.2.{1} {0} typ host"


def test_thousands_of_candidates_are_bounded_told_and_harm_nothing(make_world: Any) -> None:
    async def alice(_: Any, session: Any) -> None:
        problems = session.events()
        channel = await session.connected()
        assert await channel.receive() == "after the flood"
        assert len(session.remote_candidates) <= 256
        session_problems = [e for e in list(problems._items) if isinstance(e, ProblemTold)]
        assert any("256 candidates" in problem.reason for problem in session_problems)

    async def bob(client: Any, session: Any) -> None:
        channel = await session.connected()
        for block in range(50):
            many = [
                {"candidate": CANDIDATE.format(1 + block * 40 + n, n + 1), "sdpMid": "0"}
                for n in range(40)
            ]
            await client.signal("room", "alice", KINDS.CANDIDATES, many, pc=session.attempt)
        await asyncio.sleep(5)
        await channel.send("after the flood")

    play(make_world(), alice, bob)


def test_a_member_that_floods_is_told_of_once_and_harms_nothing(make_world: Any) -> None:
    async def alice(_: Any, session: Any) -> None:
        problems = session.events()
        channel = await session.connected()
        assert await channel.receive() == "after the flood"
        assert session.state is SessionState.CONNECTED
        assert 0 < len([e for e in list(problems._items) if isinstance(e, ProblemTold)]) < 200

    async def bob(client: Any, session: Any) -> None:
        channel = await session.connected()
        for number in range(90):
            kind = list(KINDS)[number % 3]
            await client.signal("room", "alice", kind, {"sdp": "x" * 9000}, pc=session.attempt)
        await asyncio.sleep(5)
        await channel.send("after the flood")

    play(make_world(), alice, bob)


@pytest.mark.parametrize(
    "change",
    [
        lambda sdp: sdp.replace("a=fingerprint", "a=fingerprinted"),
        lambda sdp: sdp.replace("m=application", "m=nonsense"),
        lambda sdp: re.sub("a=ice-pwd:.*", "a=ice-pwd:short", sdp),
        lambda sdp: sdp * 400,
        lambda sdp: sdp.replace("a=setup:actpass", "a=setup:holdconn"),
        lambda sdp: "v=0\r\n" + "\0" * 500,
    ],
    ids=["no fingerprint", "unknown media", "bad password", "endless", "no role", "zeros"],
)
def test_a_first_offer_that_is_no_use_fails_both_sides_with_the_reason(
    make_world: Any, change: Callable[[str], str]
) -> None:
    def forge(kind: Any, data: Any) -> Any:
        return {**data, "sdp": change(data["sdp"])} if kind is KINDS.OFFER else data

    reasons: list[str] = []

    async def fails(_: Any, session: Any) -> None:
        with pytest.raises(SessionFailedError) as caught:
            async with asyncio.timeout(100):
                await session.connected()
        reasons.append(str(caught.value))

    play(make_world(), fails, fails, forge)
    assert len(reasons) == 2
    assert all(reasons)
