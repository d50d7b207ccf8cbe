"""aiortc's peer connection opened: gathering states, the end of candidates, and the end."""

import asyncio
import socket
from typing import Any

from peer import RTCPeerConnection
from peer.engine.events import GatheringEnded
from peer.engine.wiring import agent_of
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


async def test_what_was_gathered_ahead_of_any_description_is_told_behind_the_first_one() -> None:
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    found: list[Any] = []
    other.on("icecandidate", found.append)
    other.gather()
    await until(lambda: other.iceGatheringState == "complete")
    assert not found
    one.createDataChannel("chat")
    await one.setLocalDescription()
    await other.setRemoteDescription(one.localDescription)
    assert not found
    await other.setLocalDescription()
    await until(lambda: found[-1:] == [None])
    assert len(found) > 1
    assert f"a=ice-ufrag:{found[0].usernameFragment}" in other.localDescription.sdp
    assert len(other.report().generations) == 1
    await one.close()
    await other.close()


async def test_what_was_gathered_for_nobody_is_closed_with_the_connection() -> None:
    tasks = asyncio.all_tasks()
    pc = RTCPeerConnection(LOOPBACK)
    pc.gather()
    await pc.close()
    assert asyncio.all_tasks() <= tasks


async def test_garbage_on_its_ports_disturbs_no_connection() -> None:
    """An empty datagram from anybody would end it, if it reached aiortc's DTLS."""
    async with connected() as (one, other, counting):
        ends = [pc.path.local for pc in (one, other) if pc.path is not None]
        assert len(ends) == 2
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for address in ends:
                for data in (
                    b"",
                    b"\x00",
                    b"\x16\xfe\xfd" + bytes(60),
                    b"\x80" * 20,
                    b"\xff" * 1400,
                ):
                    stranger.sendto(data, address)
        # Sent after the garbage and through the same sockets, so it comes after it.
        counting.send()
        await counting.until_all_are_heard()


async def test_the_end_of_what_was_gathered_ahead_does_not_overtake_it() -> None:
    """Whoever hears the end first takes no candidate that comes behind it."""
    pc = RTCPeerConnection(LOOPBACK)
    pc.gather()
    await until(lambda: pc.iceGatheringState == "complete")
    pc._gathering_ended.clear()
    pc._gathering_state = "gathering"  # as if the last server had not answered yet
    found: list[Any] = []
    pc.on("icecandidate", found.append)
    pc.createDataChannel("chat")
    await pc.setLocalDescription()
    (ice,) = pc._wiring.ice_transports
    pc._ice_event(ice, GatheringEnded(agent_of(ice).local_username))
    await until(lambda: found[-1:] == [None])
    assert [type(one).__name__ for one in found] == ["RTCIceCandidate", "NoneType"]
    await pc.close()
