"""Descriptions that nobody should send: an error in words, and a connection that goes on."""

import asyncio
import random
from typing import Any

import pytest

from peer import (
    AudioStreamTrack,
    InvalidStateError,
    RemoteError,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from tests.peer.engine.pairs import LOOPBACK, connected, negotiate, until

#: What is put in the place of a word of a real description.
WORDS = ("", "0", "-1", "65536", "99999999999999999999", "x" * 300, "é", "\x00", "a b", "=", ":")


async def offer_of_everything() -> str:
    pc = RTCPeerConnection(LOOPBACK)
    pc.addTrack(AudioStreamTrack())
    pc.addTrack(VideoStreamTrack())
    pc.createDataChannel("chat")
    await pc.setLocalDescription()
    text = str(pc.localDescription.sdp)
    await pc.close()
    return text


def mutated(text: str, rng: random.Random) -> str:
    """A description with one to three things done to it."""
    lines = text.split("\r\n")
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines))
        match rng.randrange(5):
            case 0:
                del lines[at : at + rng.randint(1, 4)]
                lines = lines or [""]
            case 1:
                lines.insert(at, rng.choice(lines))
            case 2:
                other = rng.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                words = lines[at].split(" ")
                words[rng.randrange(len(words))] = rng.choice(WORDS)
                lines[at] = " ".join(words)
            case _:
                cut = rng.randint(0, len(lines[at]))
                lines[at] = lines[at][:cut] + rng.choice(WORDS)
    return "\r\n".join(lines)


async def test_a_thousand_mutations_are_taken_or_refused_and_nothing_else() -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    text, rng = await offer_of_everything(), random.Random(8)
    pc = RTCPeerConnection(LOOPBACK)
    pc.on("icecandidate", lambda _: None)
    taken, refusals = 0, set()
    for number in range(1000):
        broken = mutated(text, rng)
        try:
            await pc.setRemoteDescription(RTCSessionDescription(broken, "offer"))
        except RemoteError as error:
            refusals.add(str(error))
            continue
        taken += 1
        if number % 40 == 0:  # answering costs more
            await pc.createAnswer()
        await pc.setRemoteDescription(RTCSessionDescription("", "rollback"))
        assert pc.getTransceivers() == []
    assert all(words.startswith("the offer cannot be used: ") for words in refusals)
    assert 50 < taken < 950  # the mutations are neither all harmless nor all fatal
    # It is as good as new.
    other = RTCPeerConnection(LOOPBACK)
    other.createDataChannel("chat")
    pc.remove_all_listeners("icecandidate")
    await negotiate(other, pc)
    await until(lambda: pc.connectionState == other.connectionState == "connected")
    await asyncio.gather(pc.close(), other.close())
    assert reported == []


@pytest.mark.parametrize(
    ("removed", "words"),
    [
        ("a=fingerprint:", "no fingerprint"),
        ("a=setup:", "no a=setup"),
        ("a=ice-ufrag:", "no ICE user name fragment"),
        ("a=rtcp-mux", "RTCP mux"),
    ],
)
async def test_what_is_missing_is_named(removed: str, words: str) -> None:
    lines = (await offer_of_everything()).splitlines()
    text = "\r\n".join(line for line in lines if not line.startswith(removed))
    pc = RTCPeerConnection(LOOPBACK)
    with pytest.raises(RemoteError, match=words):
        await pc.setRemoteDescription(RTCSessionDescription(text, "offer"))
    await pc.close()


@pytest.mark.parametrize("kind", ["pranswer", "answer", "rollback"])
async def test_a_description_of_the_wrong_kind_is_refused_and_changes_nothing(kind: str) -> None:
    async with connected() as (one, other, counting):
        answer = other.localDescription.sdp
        with pytest.raises((RemoteError, InvalidStateError), match=kind):
            await one.setRemoteDescription(RTCSessionDescription(answer, kind))
        assert one.signalingState == "stable"
        counting.send()
        await counting.until_all_are_heard()


async def test_garbage_in_a_running_connection_leaves_it_running() -> None:
    async with connected() as (one, other, counting):
        text, rng = one.localDescription.sdp, random.Random(9)
        for _ in range(100):
            broken = RTCSessionDescription(mutated(text, rng), "offer")
            try:
                await other.setRemoteDescription(broken)
            except RemoteError:
                continue
            await other.setRemoteDescription(RTCSessionDescription("", "rollback"))
        counting.send()
        await counting.until_all_are_heard()
        await negotiate(one, other)
        assert other.connectionState == "connected"


async def test_thousands_of_candidates_are_bounded() -> None:
    async with connected() as (one, _, counting):

        async def tell(count: int) -> None:
            for number in range(1, count):
                line = f"candidate:1 1 udp {number} 192.0.2.1 {number} typ host"
                await one.addIceCandidate({"candidate": line, "sdpMid": "0"})

        with pytest.raises(RemoteError, match="more than 256"):
            await tell(5000)
        counting.send()
        await counting.until_all_are_heard()


@pytest.mark.parametrize(
    "place",
    [{"sdpMid": "nowhere"}, {"sdpMLineIndex": 99}, {"sdpMid": "0", "usernameFragment": "?"}],
)
async def test_a_candidate_of_nowhere_hurts_nobody(place: dict[str, Any]) -> None:
    async with connected() as (one, _, counting):
        line = "candidate:1 1 udp 2130706431 192.0.2.1 9 typ host"
        await one.addIceCandidate({"candidate": line} | place)
        counting.send()
        await counting.until_all_are_heard()
