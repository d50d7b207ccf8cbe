"""The W3C's check whether negotiation is needed, row by row."""

from typing import Any

import pytest

from peer.engine.needed import Agreed, Medium, is_needed

NOTHING: dict[str, Any] = {
    "offered_here": True,
    "data_wanted": False,
    "data_agreed": False,
    "restart_wanted": False,
}


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, False),
        ({"restart_wanted": True}, True),
        ({"data_wanted": True}, True),
        ({"data_wanted": True, "data_agreed": True}, False),
    ],
)
def test_without_media_data_and_restarts_decide(changes: dict[str, bool], needed: bool) -> None:
    assert is_needed([], [], **NOTHING | changes) is needed


@pytest.mark.parametrize(
    ("medium", "section", "offered_here", "needed"),
    [
        (Medium(None, "sendrecv"), None, True, True),
        (Medium(None, "sendrecv", stopped=True), None, True, False),
        # We offered: it is enough that one of the two descriptions says what we want.
        (Medium("0", "sendrecv"), ("sendrecv", "recvonly"), True, False),
        (Medium("0", "sendonly"), ("sendrecv", "recvonly"), True, False),
        (Medium("0", "recvonly"), ("sendrecv", "recvonly"), True, True),
        (Medium("0", "recvonly"), ("sendrecv", "sendrecv"), True, True),
        # We answered: what we want counts as far as the offer asked for it.
        (Medium("0", "sendrecv"), ("recvonly", "sendonly"), False, False),
        (Medium("0", "inactive"), ("recvonly", "sendonly"), False, True),
        (Medium("0", "recvonly"), ("sendrecv", "sendrecv"), False, True),
        (Medium("0", "sendrecv", stopped=True), ("sendrecv", "sendrecv"), True, True),
        (Medium("0", "sendrecv", stopped=True), ("inactive", "inactive"), True, False),
    ],
)
def test_a_direction_that_differs_from_what_was_agreed_asks_for_negotiation(
    medium: Medium, section: tuple[str, str] | None, offered_here: bool, needed: bool
) -> None:
    agreed = [] if section is None else [Agreed("0", *section)]
    assert is_needed([medium], agreed, **NOTHING | {"offered_here": offered_here}) is needed
