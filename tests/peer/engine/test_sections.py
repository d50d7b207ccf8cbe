"""Sections that are refused or rejected keep their place, and the rest of the call works."""

import asyncio
from typing import Any

from peer import AudioStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from peer.engine.descriptions import read
from peer.engine.sections import Layout, contract, expand, shrink
from tests.peer.engine.pairs import LOOPBACK, connected, negotiate, trickle, until

TEXT = ("m=text 9 UDP/TLS/RTP/SAVPF 98", "c=IN IP4 0.0.0.0", "a=mid:t", "a=rtpmap:98 t140/1000")


def with_text_first(description: RTCSessionDescription) -> RTCSessionDescription:
    """An offer with a section for real-time text before the others, in the same bundle."""
    session, *media = description.sdp.split("m=")
    lines = media[0].splitlines()
    transport = [line for line in lines if line.startswith(("a=ice-", "a=setup", "a=fingerprint"))]
    text = "\r\n".join([*TEXT, *transport, ""])
    session = session.replace("a=group:BUNDLE", "a=group:BUNDLE t")
    return RTCSessionDescription(session + text + "m=" + "m=".join(media), description.type)


def without_text(description: RTCSessionDescription) -> RTCSessionDescription:
    session, *media = description.sdp.split("m=")
    return RTCSessionDescription(session + "m=" + "m=".join(media[1:]), description.type)


def ports(description: RTCSessionDescription) -> list[tuple[str, bool]]:
    return [(section.kind, section.rejected) for section in read(description.sdp).sections]


async def test_a_section_that_nobody_can_use_is_refused_and_the_rest_connects() -> None:
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    trickle(one, other)
    one.addTrack(AudioStreamTrack())
    channel = one.createDataChannel("chat")
    for _ in range(2):  # and again, when both know it
        await one.setLocalDescription()
        await other.setRemoteDescription(with_text_first(one.localDescription))
        await other.setLocalDescription()
        answer = other.localDescription
        assert ports(answer) == [("text", True), ("audio", False), ("application", False)]
        assert "a=group:BUNDLE 0 1\r\n" in answer.sdp
        await one.setRemoteDescription(without_text(answer))
        await until(lambda: channel.readyState == "open")
    assert ports(await other.createOffer()) == ports(answer)
    await asyncio.gather(one.close(), other.close())


async def test_video_without_a_codec_in_common_is_refused_alone() -> None:
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    trickle(one, other)
    one.addTrack(VideoStreamTrack())
    channel = one.createDataChannel("chat")
    await one.setLocalDescription()
    strange = one.localDescription.sdp.replace("VP8/", "XY8/").replace("H264/", "XY4/")
    await other.setRemoteDescription(RTCSessionDescription(strange, "offer"))
    await other.setLocalDescription()
    assert ports(other.localDescription) == [("video", True), ("application", False)]
    await one.setRemoteDescription(other.localDescription)
    await until(lambda: channel.readyState == "open")
    await until(lambda: one.getTransceivers()[0].stopped)
    await asyncio.gather(one.close(), other.close())


async def test_a_stopped_transceiver_is_rejected_in_the_next_offer() -> None:
    async with connected() as (one, other, counting):
        one.addTrack(AudioStreamTrack())
        await negotiate(one, other)
        asked: list[Any] = []
        one.on("negotiationneeded", lambda: asked.append(one.signalingState))
        await one.getTransceivers()[0].stop()
        await until(lambda: asked == ["stable"])
        await negotiate(one, other)
        assert ports(one.localDescription) == [("application", False), ("audio", True)]
        assert ports(other.localDescription) == ports(one.localDescription)
        await until(lambda: other.getTransceivers()[0].stopped)
        counting.send()
        await counting.until_all_are_heard()
        await asyncio.sleep(0.01)
        assert asked == ["stable"]


def test_a_description_that_leaves_is_the_reverse_of_one_that_is_set() -> None:
    session = ("v=0", "a=group:BUNDLE t d")
    transport = ("a=ice-ufrag:abcd", f"a=ice-pwd:{'p' * 22}", "a=setup:actpass")
    prints = ("a=fingerprint:sha-256 " + ":".join(["00"] * 32),)
    data = ("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:d", *transport, *prints)
    arrived = read("\r\n".join((*session, *TEXT, *transport, *prints, *data)))
    text, layout = contract(arrived, None)
    assert [section.kind for section in read(text).sections] == ["application"]
    whole = expand(text, layout)
    assert ports(RTCSessionDescription(whole, "answer")) == [("text", True), ("application", False)]
    assert shrink(whole, layout) == text
    assert expand(text, Layout()) == text
