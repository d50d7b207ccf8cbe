"""aiortc's peer connection opened: gathering states, the end of candidates, and the end."""

import asyncio
from typing import Any

from peer import RTCPeerConnection
from tests.peer.engine.pairs import LOOPBACK, connected, until


async def test_the_end_of_candidates_is_told_once_for_each_generation() -> None:
    pc = RTCPeerConnection(LOOPBACK)
    pc.createDataChannel("chat")
    found: list[Any] = []
    states: list[str] = []
    pc.on("icecandidate", lambda one: found.append(one and one.usernameFragment))
    pc.on("icegatheringstatechange", lambda: states.append(pc.iceGatheringState))
    await pc.setLocalDescription()
    await until(lambda: None in found)
    await pc.setLocalDescription(await pc.createOffer(iceRestart=True))
    await until(lambda: found.count(None) == 2)
    first, end, second, last = found
    assert first != second
    assert end is last is None
    assert states == ["gathering", "complete"] * 2
    await pc.close()


async def test_the_remote_closing_ends_every_state() -> None:
    async with connected() as (one, other, _):
        await one.close()
        await until(lambda: other.connectionState == "closed")
        assert other.iceConnectionState == other.signalingState == "closed"


async def test_a_close_that_is_cancelled_goes_on() -> None:
    async with connected() as (one, other, _):
        closing = asyncio.create_task(one.close())
        await asyncio.sleep(0)
        closing.cancel()
        await until(lambda: one.connectionState == other.connectionState == "closed")
