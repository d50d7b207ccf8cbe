"""Candidates as text, as JSON and as aiortc has them."""

from typing import Any

import aiortc
import pytest

from peer import RemoteError, RTCIceCandidate

LINE = "candidate:1 1 udp 2130706431 192.0.2.1 9 typ host"


def test_a_candidate_becomes_json_and_comes_back() -> None:
    candidate = RTCIceCandidate.parse(f"a={LINE}", "0", 0, "abcd")
    json = candidate.toJSON()
    assert json == {
        "candidate": LINE,
        "sdpMid": "0",
        "sdpMLineIndex": 0,
        "usernameFragment": "abcd",
    }
    assert RTCIceCandidate.of(json) == candidate


def test_the_fragment_is_read_from_the_line_where_libwebrtc_puts_it() -> None:
    line = f"{LINE} generation 0 ufrag AbCd network-id 1"
    assert RTCIceCandidate.parse(line, "0").usernameFragment == "AbCd"


def test_aiortcs_own_candidate_is_taken() -> None:
    plain = aiortc.RTCIceCandidate(1, "1", "192.0.2.1", 9, 1, "udp", "host", sdpMid="0")
    taken = RTCIceCandidate.of(plain)
    assert taken is not None
    assert (taken.ip, taken.sdpMid, taken.usernameFragment) == ("192.0.2.1", "0", None)


def test_an_empty_candidate_is_the_end() -> None:
    assert RTCIceCandidate.of({"candidate": "", "sdpMid": "0"}) is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x" * 5000,
        "candidate:",
        LINE.replace(" 9 ", " 65536 "),
        LINE.replace(" 9 ", " -1 "),
        LINE.replace(" 9 ", " nine "),
        LINE.replace("2130706431", "0"),
        LINE.replace("2130706431", str(1 << 40)),
        LINE.replace("192.0.2.1", "example.org"),
        LINE.replace("192.0.2.1", "256.0.2.1"),
        LINE.replace("host", "guest"),
    ],
)
def test_what_is_no_candidate_is_the_remotes_fault(line: str) -> None:
    with pytest.raises(RemoteError, match="is not an ICE candidate"):
        RTCIceCandidate.parse(line, "0")


@pytest.mark.parametrize(
    "given",
    [
        {"candidate": LINE},
        {"candidate": LINE, "sdpMid": 0},
        {"candidate": LINE, "sdpMLineIndex": "0"},
        {"candidate": 7, "sdpMid": "0"},
        {"candidate": LINE, "sdpMid": "0", "usernameFragment": 7},
        {"candidate": LINE, "sdpMid": "0", "usernameFragment": "x" * 257},
        aiortc.RTCIceCandidate(1, "1", "192.0.2.1", 70000, 1, "udp", "host", sdpMid="0"),
    ],
)
def test_one_that_names_no_section_or_has_the_wrong_types_is_refused(given: Any) -> None:
    with pytest.raises(RemoteError):
        RTCIceCandidate.of(given)


def test_anything_else_is_the_callers_fault() -> None:
    nonsense: Any = "candidate"
    with pytest.raises(TypeError):
        RTCIceCandidate.of(nonsense)
