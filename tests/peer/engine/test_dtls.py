"""A DTLS transport that fails says why, before anybody hears that it did."""

import asyncio
from typing import Any

import pytest

from peer import RTCPeerConnection, RTCSessionDescription
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
