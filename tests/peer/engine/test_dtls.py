"""A DTLS transport that fails says why, before anybody hears that it did."""

import asyncio
from typing import Any

import pytest

from peer import (
    InvalidAccessError,
    RTCCertificate,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from peer.engine.dtls import FINGERPRINT
from tests.peer.engine.pairs import LOOPBACK, trickle, until


def forged(description: RTCSessionDescription) -> RTCSessionDescription:
    lines = [
        "a=fingerprint:sha-256 " + ":".join(["00"] * 32)
        if line.startswith("a=fingerprint:sha-256")
        else line
        for line in description.sdp.splitlines()
    ]
    return RTCSessionDescription("\r\n".join(lines), description.type)


@pytest.mark.parametrize("who", ["offerer", "answerer"])
async def test_a_certificate_that_was_not_described_fails_the_connection(who: str) -> None:
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    trickle(one, other)
    victim = other if who == "offerer" else one
    reasons: list[Any] = []
    victim.on(
        "connectionstatechange", lambda: reasons.append((victim.connectionState, victim.failure))
    )
    channel = one.createDataChannel("chat")
    await one.setLocalDescription()
    offer, forge = one.localDescription, who == "offerer"
    await other.setRemoteDescription(forged(offer) if forge else offer)
    await other.setLocalDescription()
    answer = other.localDescription
    await one.setRemoteDescription(answer if forge else forged(answer))
    await until(lambda: victim.connectionState == "failed")
    assert reasons == [("connecting", None), ("failed", FINGERPRINT)]
    assert channel.readyState == "connecting"
    await asyncio.gather(one.close(), other.close())


async def test_what_comes_before_sctp_listens_is_kept_in_order_and_bounded() -> None:
    """aiortc drops the remote's INIT that arrives with the last flight of the handshake."""
    pc = RTCPeerConnection(LOOPBACK)
    pc.createDataChannel("chat")
    (dtls,) = pc._wiring.dtls_transports
    for number in range(100):
        await dtls._data_receiver._handle_data(bytes([number]))
    heard: list[int] = []

    class Receiver:
        async def _handle_data(self, data: bytes) -> None:
            heard.append(data[0])

    dtls._register_data_receiver(Receiver())
    await until(lambda: len(heard) == 16)
    assert heard == list(range(16))
    dtls._unregister_data_receiver(dtls._data_receiver)
    await pc.close()


async def test_a_certificate_of_the_applications_own_is_the_one_described() -> None:
    certificate = RTCCertificate.generateCertificate()
    pc = RTCPeerConnection(RTCConfiguration(certificates=[certificate]))
    pc.createDataChannel("chat")
    offer = await pc.createOffer()
    assert certificate.getFingerprints()[0].value in offer.sdp
    with pytest.raises(InvalidAccessError, match="certificates"):
        pc.setConfiguration(RTCConfiguration(certificates=[RTCCertificate.generateCertificate()]))
    await pc.close()
