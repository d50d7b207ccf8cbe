"""Numbers keep their meaning from one offer to the next, whoever gave them."""

import asyncio
import re
from collections import Counter

import pytest
from aiortc import RTCRtpSender

from peer import AudioStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from tests.peer.engine.pairs import LOOPBACK, negotiate

#: As Chromium numbers them: what means one thing to aiortc means another.
CHROMIUM = (
    *((f"a=rtpmap:{ours} ", f"a=rtpmap:{theirs} ") for ours, theirs in ((96, 111), (97, 96))),
    ("a=rtcp-fb:97 ", "a=rtcp-fb:96 "),
    ("SAVPF 96 9 0 8", "SAVPF 111 9 0 8"),
    (r"SAVPF 97 98 .*", "SAVPF 96 97"),
    ("a=rtpmap:98 rtx", "a=rtpmap:97 rtx"),
    ("a=fmtp:98 apt=97", "a=fmtp:97 apt=96"),
    (r"a=(rtpmap|fmtp|rtcp-fb):(99|10\d) .*\r\n", ""),
    ("extmap:1 (.*mid)", r"extmap:4 \1"),
    ("extmap:2 (.*level)", r"extmap:1 \1"),
    ("extmap:3 (.*abs)", r"extmap:2 \1"),
)


def numbers(sdp: str) -> list[str]:
    """Which number means what, section by section."""
    return re.findall(r"a=(?:rtpmap|extmap|mid):.*", sdp)


def meanings(sdp: str) -> Counter[str]:
    """How many things each number means in the bundle."""
    return Counter(one.split()[0] for one in {n for n in numbers(sdp) if ":" in n and " " in n})


async def answering(*tracks: AudioStreamTrack | VideoStreamTrack) -> RTCPeerConnection:
    """A connection that has answered somebody who numbers as Chromium does."""
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    for track in tracks:
        one.addTrack(track)
        other.addTrack(type(track)())
    text = (await one.createOffer()).sdp
    for pattern, replacement in CHROMIUM:
        text = re.sub(pattern, replacement, text)
    await other.setRemoteDescription(RTCSessionDescription(text, "offer"))
    await other.setLocalDescription()
    await one.close()
    return other


async def test_an_offer_after_an_answer_keeps_the_numbers_and_adds_what_was_not_agreed_on() -> None:
    pc = await answering(AudioStreamTrack(), VideoStreamTrack())
    answer = pc.localDescription.sdp
    assert "a=rtpmap:111 opus" in answer
    offer = (await pc.createOffer()).sdp
    assert [n for n in numbers(offer) if n in numbers(answer)] == numbers(answer)
    assert "H264" in offer
    assert set(meanings(offer).values()) == {1}
    await pc.setLocalDescription()
    assert numbers(pc.localDescription.sdp) == numbers(offer)
    await pc.close()


@pytest.mark.parametrize(
    ("first", "then"),
    [(VideoStreamTrack, AudioStreamTrack), (AudioStreamTrack, VideoStreamTrack)],
)
async def test_a_line_that_is_added_takes_numbers_that_mean_nothing_else(
    first: type[AudioStreamTrack | VideoStreamTrack],
    then: type[AudioStreamTrack | VideoStreamTrack],
) -> None:
    pc = await answering(first())
    for kind in (then, first):
        pc.addTrack(kind())
    offer = (await pc.createOffer()).sdp
    assert set(meanings(offer).values()) == {1}
    assert offer.count("a=rtpmap:96 VP8" if first is VideoStreamTrack else "111 opus") == 2
    await pc.close()


async def test_codecs_that_are_preferred_later_are_offered_with_the_numbers_they_have() -> None:
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    one.addTrack(VideoStreamTrack())
    await negotiate(one, other)
    (transceiver,) = one.getTransceivers()
    capabilities = RTCRtpSender.getCapabilities("video").codecs
    h264 = [codec for codec in capabilities if codec.mimeType == "video/H264"]
    before = numbers((await one.createOffer()).sdp)
    transceiver.setCodecPreferences(h264)
    offer = numbers((await one.createOffer()).sdp)
    assert not any("VP8" in each for each in offer)
    assert sum("H264" in each for each in offer) == 2
    assert set(offer) <= set(before)
    transceiver.setCodecPreferences([])
    assert numbers((await one.createOffer()).sdp) == before
    await asyncio.gather(one.close(), other.close())
