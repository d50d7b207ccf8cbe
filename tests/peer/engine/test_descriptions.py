"""Descriptions are read before aiortc sees them, and written after it."""

from typing import Any

import pytest

from peer.engine.descriptions import OPTIONS, leaving, mids, outline, read, with_candidates

CANDIDATE = "candidate:1 1 udp 2130706431 192.0.2.1 9 typ host"
DTLS = ("a=setup:actpass", "a=fingerprint:sha-256 " + ":".join(["0A"] * 32))
SESSION = ("v=0", "s=-", "t=0 0", "a=group:BUNDLE a d", "a=ice-lite", *DTLS)
AUDIO = ("m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:a", "a=ice-ufrag:abcd", f"a=ice-pwd:{'p' * 22}")
DATA = (
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=mid:d",
    "a=ice-ufrag:abcd",
    f"a=ice-pwd:{'p' * 22}",
    "a=ice-options:trickle renomination",
)
FOUND = (f"a={CANDIDATE}", "a=end-of-candidates")


def sdp(*groups: tuple[str, ...]) -> str:
    return "\r\n".join(line for group in groups for line in (*group, "")).replace(
        "\r\n\r\n", "\r\n"
    )


def test_candidates_are_taken_out_and_the_rest_stays() -> None:
    arrived = read(sdp(SESSION, AUDIO + FOUND, DATA))
    assert (arrived.session, arrived.sections[0].lines) == (SESSION, AUDIO)
    audio, data = arrived.sections
    assert (audio.candidates, audio.ended) == ((CANDIDATE,), True)
    assert (data.kind, data.mid, data.index, data.username) == ("application", "d", 1, "abcd")
    assert data.options == {"trickle", "renomination"}
    assert audio.lite
    assert arrived.bundle == ("a", "d")


def test_an_end_of_candidates_without_any_is_not_believed() -> None:
    """libwebrtc leaves the one of the generation before in the description of a restart."""
    assert not read(sdp(SESSION, DATA + FOUND[1:])).sections[0].ended


def test_credentials_may_stand_above_the_sections() -> None:
    text = sdp(SESSION + AUDIO[2:], AUDIO[:2])
    assert read(text).sections[0].username == "abcd"


def test_of_a_bundle_the_candidates_of_its_first_live_section_count() -> None:
    arrived = read(sdp(SESSION, AUDIO, DATA))
    assert [arrived.carries(section) for section in arrived.sections] == [True, False]
    rejected = ("m=audio 0 UDP/TLS/RTP/SAVPF 0", "a=mid:a")
    arrived = read(sdp(SESSION, rejected, DATA))
    assert [arrived.carries(section) for section in arrived.sections] == [False, True]


def test_port_0_is_no_rejection_where_the_bundle_has_one() -> None:
    first, *rest = DATA
    bundled = (first.replace(" 9 ", " 0 "), "a=bundle-only", *rest)
    assert not read(sdp(SESSION, AUDIO, bundled)).sections[1].rejected


def test_a_section_is_found_by_its_mid_before_its_index() -> None:
    arrived = read(sdp(SESSION, AUDIO, DATA))
    found = [arrived.section("d", 0), arrived.section(None, 1), arrived.section("x", 1)]
    assert [section and section.mid for section in found] == ["d", "d", None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begins with v="),
        ("hello", "begins with v="),
        (sdp(SESSION), "0 media sections"),
        (sdp(SESSION, *[DATA] * 65), "65 media sections"),
        (sdp(SESSION, DATA, DATA), "not all different"),
        (sdp(SESSION, ("m=audio",)), "section 0 begins with"),
        (sdp(SESSION, AUDIO[:3]), "no ICE user name fragment or password"),
        (sdp(SESSION, (*AUDIO[:2], "a=ice-ufrag:ab", AUDIO[3])), "as ice-ufrag"),
        (sdp(SESSION, (*AUDIO[:3], "a=ice-pwd:short")), "ice-pwd"),
        (sdp(SESSION[:-2], AUDIO), "no a=setup"),
        (sdp((*SESSION[:-2], "a=setup:holdconn"), AUDIO), "no a=setup"),
        (sdp(SESSION[:-1], AUDIO), "no fingerprint"),
        (sdp((*SESSION[:-1], "a=fingerprint:md5 AA:BB"), AUDIO), "no fingerprint"),
        ("v=0\r\n" + "a=x\r\n" * 60_000, "characters"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(text)


@pytest.mark.parametrize("text", [None, 7, b"v=0"])
def test_what_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(TypeError, match="SDP is text"):
        read(text)


def test_a_description_leaves_without_candidates_and_with_its_options_once() -> None:
    text = leaving(leaving(sdp(SESSION, AUDIO, DATA + FOUND)))
    assert text.count(OPTIONS) == text.count("ice-options") == 1
    assert "candidate" not in text
    assert mids(text) == ["a", "d"]


def test_what_was_gathered_is_shown_with_its_section() -> None:
    text = with_candidates(sdp(SESSION, AUDIO, DATA), {"a": [CANDIDATE]}, ended=True)
    audio, data = read(text).sections
    assert (audio.candidates, audio.ended) == ((CANDIDATE,), True)
    assert data.candidates == ()


def test_a_restart_shows_in_the_credentials_of_a_section_that_was_there() -> None:
    before = read(sdp(SESSION, AUDIO, DATA))
    fresh = tuple(line.replace("abcd", "efgh") for line in AUDIO)
    assert not before.restarts(before)
    assert read(sdp(SESSION, fresh, DATA)).restarts(before)
    assert not read(sdp(SESSION, DATA)).restarts(before)


def test_the_outline_is_what_makes_an_offer_out_of_date() -> None:
    assert outline(sdp(SESSION, AUDIO, DATA)) == [
        ("m=audio", "a", "abcd"),
        ("m=application", "d", "abcd"),
    ]
