"""A transceiver tells when another direction is wanted."""

import pytest

from peer import AudioStreamTrack, Configuration, RTCPeerConnection
from peer.engine.transceiver import Transceiver


async def test_a_change_is_told_once_and_nonsense_is_refused() -> None:
    pc = RTCPeerConnection(Configuration(host_addresses=("127.0.0.1",)))
    pc.addTrack(AudioStreamTrack())
    (transceiver,) = pc.getTransceivers()
    told: list[str] = []
    Transceiver.adopt(transceiver, lambda: told.append(transceiver.direction))
    transceiver.direction = "sendrecv"
    transceiver.direction = "inactive"
    with pytest.raises(ValueError, match="sideways"):
        transceiver.direction = "sideways"
    await transceiver.stop()
    assert told == ["inactive", "inactive"]
    await pc.close()
