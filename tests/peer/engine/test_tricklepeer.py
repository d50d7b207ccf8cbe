"""aiortc's peer connection with trickling ICE agents under it."""

import asyncio
from typing import Any

import aiortc
import pytest
from aiortc.mediastreams import AudioStreamTrack

from peer import GatheredCandidate
from peer.engine.generations import RestartableConnection
from peer.engine.tricklepeer import TricklePeerConnection

ALL = aiortc.RTCIceTransportPolicy.ALL
LOOPBACK = ("127.0.0.1",)


async def test_the_local_description_is_there_before_the_first_candidate(plan: Any) -> None:
    found: list[Any] = []
    gathered = asyncio.Event()
    pc = TricklePeerConnection(plan(host_addresses=LOOPBACK), ALL, found.append, gathered.set)
    pc.createDataChannel("c")
    await pc.setLocalDescription(await pc.createOffer())
    assert not found
    assert "a=candidate" not in pc.localDescription.sdp
    assert "end-of-candidates" not in pc.localDescription.sdp
    await gathered.wait()
    assert [type(thing) for thing in found] == [GatheredCandidate]
    await pc.close()


async def test_every_ice_agent_is_ours_and_aiortc_describes_it(plan: Any) -> None:
    pc = TricklePeerConnection(plan(host_addresses=LOOPBACK), ALL, lambda _: None, lambda: None)
    pc.createDataChannel("c")
    pc.addTrack(AudioStreamTrack())
    (transport,) = pc.ice_transports
    (connection,) = pc.connections
    assert isinstance(connection, RestartableConnection)
    assert transport.iceGatherer.getLocalParameters().usernameFragment == connection.local_username
    await pc.close()


async def test_no_public_server_is_asked_behind_our_back(plan: Any) -> None:
    """aiortc's default is a STUN server on the internet."""
    pc = TricklePeerConnection(plan(host_addresses=LOOPBACK), ALL, lambda _: None, lambda: None)
    pc.createDataChannel("c")
    (connection,) = pc.connections
    assert connection._plan.servers == ()
    await pc.close()


async def test_a_failure_in_the_background_reaches_the_loops_handler(plan: Any) -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    def broken(_: Any) -> None:
        raise RuntimeError("broken listener")

    pc = TricklePeerConnection(plan(host_addresses=LOOPBACK), ALL, broken, lambda: None)
    pc.createDataChannel("c")
    await pc.setLocalDescription(await pc.createOffer())
    async with asyncio.timeout(5):
        while not reported:
            await asyncio.sleep(0)
    text = repr(reported[0]["exception"])
    assert "broken listener" in text
    await pc.close()


@pytest.mark.parametrize("cycles", [20])
async def test_opening_and_closing_leaves_no_task_behind(plan: Any, cycles: int) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(cycles):
        pc = TricklePeerConnection(plan(host_addresses=LOOPBACK), ALL, lambda _: None, lambda: None)
        pc.createDataChannel("c")
        await pc.setLocalDescription(await pc.createOffer())
        await pc.close()
    assert len(asyncio.all_tasks()) == before
