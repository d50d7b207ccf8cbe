"""The transports of a peer connection: ours under aiortc's, one for everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from peer import AudioStreamTrack, RTCPeerConnection
from peer.engine.generations import RestartableConnection
from peer.engine.wiring import agent_of, dtls_of
from tests.peer.engine.pairs import LOOPBACK, negotiate, until


@pytest.mark.parametrize("data_first", [True, False])
async def test_one_agent_of_ours_serves_every_section(data_first: bool) -> None:
    pc = RTCPeerConnection(LOOPBACK)
    if data_first:
        pc.createDataChannel("chat")
    pc.addTrack(AudioStreamTrack())
    if not data_first:
        pc.createDataChannel("chat")
    (ice,) = pc._wiring.ice_transports
    assert isinstance(agent_of(ice), RestartableConnection)
    assert {dtls_of(owner).transport for owner in pc._wiring.owners} == {ice}
    offer = await pc.createOffer()
    assert f"a=ice-ufrag:{agent_of(ice).local_username}\r\n" in offer.sdp
    await pc.close()


async def test_candidates_are_told_with_the_first_section_of_their_transport() -> None:
    pc = RTCPeerConnection(LOOPBACK)
    pc.createDataChannel("chat")
    pc.addTrack(AudioStreamTrack())
    await pc.setLocalDescription()
    (ice,) = pc._wiring.ice_transports
    assert pc._wiring.place(ice, pc.localDescription.sdp) == ("0", 0)
    assert "m=audio" in pc.localDescription.sdp.split("a=mid:0")[0]
    await pc.close()


async def test_a_name_that_takes_long_to_resolve_holds_up_the_end_and_no_other_candidate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Browsers hide their addresses behind mDNS names, and each takes up to a second."""
    resolved, added = asyncio.Event(), []

    async def add(_: Any, candidate: Any, ufrag: str | None = None) -> None:
        if candidate is not None and candidate.host.endswith(".local"):
            await resolved.wait()
        added.append(candidate and candidate.host)

    monkeypatch.setattr(RestartableConnection, "add_remote_candidate", add)
    async with connected_by_hand() as pc:
        for host in ("1-2-3.local", "192.0.2.1"):
            line = f"candidate:1 1 udp 9 {host} 9 typ host"
            await pc.addIceCandidate({"candidate": line, "sdpMid": "0"})
        await pc.addIceCandidate(None)
        await until(lambda: added == ["192.0.2.1"])
        resolved.set()
        await until(lambda: added == ["192.0.2.1", "1-2-3.local", None])


@asynccontextmanager
async def connected_by_hand() -> AsyncIterator[RTCPeerConnection]:
    """A connection with both descriptions, whose ICE agents never meet."""
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    for pc in (one, other):
        pc.on("icecandidate", lambda _: None)
    one.createDataChannel("chat")
    await negotiate(one, other)
    yield one
    await asyncio.gather(one.close(), other.close())
