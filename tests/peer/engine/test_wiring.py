"""The transports of a peer connection: ours under aiortc's, one for everything."""

import pytest

from peer import AudioStreamTrack, Configuration, RTCPeerConnection
from peer.engine.generations import RestartableConnection
from peer.engine.wiring import agent_of, dtls_of

LOOPBACK = Configuration(host_addresses=("127.0.0.1",))


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
