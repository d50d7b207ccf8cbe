"""Findings are values: unknown has a word of its own, and keys of the JSON form are unique."""

from nat import Dependence
from peer.explanation.findings import Cause, Certainty, Possible


def test_unknown_is_said_and_what_is_left_is_listed() -> None:
    assert Possible().words == "unknown"
    two = Possible(tuple(Dependence)[1:], Certainty.INFERRED)
    assert two.words == "address-dependent or address-and-port-dependent"


def test_causes_are_keys() -> None:
    assert all(cause.value == cause.value.lower().replace(" ", "-") for cause in Cause)
