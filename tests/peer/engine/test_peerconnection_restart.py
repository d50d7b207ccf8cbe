"""ICE restarts as descriptions tell them, by either side, crossed, refused and taken back."""

from typing import Any

import pytest

from peer import InvalidStateError, RemoteError, RTCPeerConnection, RTCSessionDescription
from peer.engine.descriptions import read
from peer.engine.wiring import agent_of
from tests.peer.engine.pairs import connected, negotiate, until

ROLLBACK = RTCSessionDescription("", "rollback")


def fragment(description: Any) -> str | None:
    return read(description.sdp).sections[0].username


def identity(pc: RTCPeerConnection) -> Any:
    assert pc.sctp is not None
    return pc.sctp, pc.sctp.transport, pc.sctp.transport._ssl


def restarting(pc: RTCPeerConnection) -> bool:
    return any(agent_of(ice).restarting for ice in pc._wiring.ice_transports)


@pytest.mark.parametrize("by", ["offerer", "answerer"])
async def test_either_side_restarts_on_the_same_dtls_and_nothing_is_lost(by: str) -> None:
    async with connected() as (one, other, counting):
        before = [fragment(pc.localDescription) for pc in (one, other)]
        same = [identity(pc) for pc in (one, other)]
        states: list[str] = []
        one.on("connectionstatechange", lambda: states.append(one.connectionState))
        one.on("signalingstatechange", counting.send)
        first, second = (one, other) if by == "offerer" else (other, one)
        first.restartIce()
        counting.send()
        await negotiate(first, second)
        counting.send()
        await until(lambda: not restarting(one) and not restarting(other))
        counting.send()
        await counting.until_all_are_heard()
        after = [fragment(pc.localDescription) for pc in (one, other)]
        assert not set(before) & set(after)
        assert [identity(pc) for pc in (one, other)] == same
        assert states == []


async def test_restarting_asks_for_negotiation_once_and_the_next_offer_is_plain() -> None:
    async with connected() as (one, other, _):
        asked: list[bool] = []
        one.on("negotiationneeded", lambda: asked.append(True))
        one.restartIce()
        one.restartIce()
        await until(lambda: asked == [True])
        await negotiate(one, other)
        await until(lambda: not restarting(one))
        assert fragment(await one.createOffer()) == fragment(one.localDescription)
        assert asked == [True]


async def test_a_restart_that_is_rolled_back_leaves_the_old_credentials() -> None:
    async with connected() as (one, _, counting):
        before = fragment(one.localDescription)
        await one.setLocalDescription(await one.createOffer(iceRestart=True))
        assert fragment(one.localDescription) != before
        await one.setLocalDescription(ROLLBACK)
        assert fragment(one.localDescription) == before
        assert not restarting(one)
        assert fragment(await one.createOffer()) == before
        counting.send()
        await counting.until_all_are_heard()


async def test_a_remotes_restart_that_is_rolled_back_can_be_told_again() -> None:
    async with connected() as (one, other, counting):
        before = fragment(other.localDescription)
        await one.setLocalDescription(await one.createOffer(iceRestart=True))
        await other.setRemoteDescription(one.localDescription)
        assert fragment(await other.createAnswer()) != before
        await other.setRemoteDescription(ROLLBACK)
        assert not restarting(other)
        await other.setRemoteDescription(one.localDescription)
        await other.setLocalDescription()
        await one.setRemoteDescription(other.localDescription)
        await until(lambda: not restarting(one) and not restarting(other))
        counting.send()
        await counting.until_all_are_heard()


async def test_restarts_that_cross_become_one() -> None:
    async with connected() as (one, other, counting):
        for pc in (one, other):
            await pc.setLocalDescription(await pc.createOffer(iceRestart=True))
        offer = one.localDescription  # the other's is ignored, as an impolite side does
        await other.setRemoteDescription(offer)
        await other.setLocalDescription()
        await one.setRemoteDescription(other.localDescription)
        await until(lambda: not restarting(one) and not restarting(other))
        counting.send()
        await counting.until_all_are_heard()


async def test_a_remote_that_cannot_restart_keeps_the_old_pair() -> None:
    """Stock aiortc answers a restart with the credentials it has always had."""
    async with connected() as (one, other, counting):
        old = fragment(other.localDescription)
        await one.setLocalDescription(await one.createOffer(iceRestart=True))
        answer = (await other.createOffer()).sdp.replace("actpass", "active")
        assert fragment(RTCSessionDescription(answer, "answer")) == old
        await one.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        assert not restarting(one)
        counting.send()
        await counting.until_all_are_heard()


async def test_an_answer_may_not_restart_what_the_offer_does_not() -> None:
    async with connected() as (one, other, _):
        await one.setLocalDescription()
        answer = (await other.createOffer(iceRestart=True)).sdp.replace("actpass", "active")
        with pytest.raises(RemoteError, match="restarts nothing"):
            await one.setRemoteDescription(RTCSessionDescription(answer, "answer"))


async def test_an_offer_from_before_a_restart_is_out_of_date() -> None:
    async with connected() as (one, _, _counting):
        stale = await one.createOffer()
        await one.createOffer(iceRestart=True)
        with pytest.raises(InvalidStateError, match="out of date"):
            await one.setLocalDescription(stale)
