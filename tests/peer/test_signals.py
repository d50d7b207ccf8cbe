"""Signals between sessions: encode, decode, refuse."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer import RemoteError, signals

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def test_a_description_goes_through_encode_and_decode_unchanged() -> None:
    description = signals.Description("v=0\r\n")
    assert signals.decode_description(signals.encode(description)) == description


def test_an_offer_bears_a_number_and_one_without_is_taken_too() -> None:
    offer = signals.Description("v=0\r\n", "offer", "7")
    assert signals.encode(offer) == {"sdp": "v=0\r\n", "type": "offer", "number": "7"}
    assert signals.decode_description({"sdp": "v=0\r\n"}).number is None
    with pytest.raises(RemoteError, match="at most 16"):
        signals.decode_description({"sdp": "v=0\r\n", "number": "7" * 17})


def test_only_a_rollback_comes_without_sdp() -> None:
    assert signals.decode_description({"type": "rollback"}).type == "rollback"
    with pytest.raises(RemoteError, match="needs its sdp"):
        signals.decode_description({"type": "offer"})


def test_a_candidate_carries_the_names_of_w3c() -> None:
    init = signals.CandidateInit("candidate:1 1 udp 1 192.0.2.1 9 typ host", "0", 0)
    encoded = signals.encode([init])
    assert encoded[0]["sdpMid"] == "0"
    assert encoded[0]["sdpMLineIndex"] == 0
    assert signals.decode_candidates(encoded) == [init]


def test_an_empty_list_and_null_are_end_of_candidates() -> None:
    assert signals.decode_candidates([]) == []
    assert signals.decode_candidates(None) == []


def test_more_candidates_than_anybody_has_are_refused() -> None:
    with pytest.raises(RemoteError, match="65 candidates"):
        signals.decode_candidates([{"candidate": ""}] * 65)


def test_a_goodbye_of_any_shape_is_a_goodbye() -> None:
    assert signals.decode_goodbye({"reason": "enough"}).reason == "enough"
    assert signals.decode_goodbye(None).reason == ""
    assert signals.decode_goodbye([1]).reason == ""


def test_an_applications_own_signal_is_no_complaint() -> None:
    assert signals.decode_complaint({"anything": 1}) is None
    assert signals.decode_complaint(7) is None


@given(JSON)
def test_any_json_is_decoded_or_refused(data: object) -> None:
    for decode in (signals.decode_description, signals.decode_candidates):
        with contextlib.suppress(RemoteError):
            decode(data)
    signals.decode_goodbye(data)
    signals.decode_complaint(data)
