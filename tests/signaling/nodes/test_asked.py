"""Every question is answered once: in time, or with "too late"."""

import pytest

from signaling.codes import ErrorCode
from signaling.nodes.asked import Asked
from signaling.orders import Claim, Enter, Member, Terms
from signaling.reports import Turned

ENTER = Enter("r", Member("ann", "s", "a", {}), Terms(4), 1)
ANSWER = Turned("r", "s", ErrorCode.ROOM_FULL, 1)
CLAIM = Claim("b", "s", 1, 0, "c")


@pytest.fixture
def asked() -> Asked:
    return Asked(2.0)


def test_an_answer_counts_once(asked: Asked) -> None:
    asked.ask_in(ENTER, 0.0)
    assert asked.enters() == [ENTER]
    assert asked.answer(ANSWER)
    assert not asked.answer(ANSWER)


def test_an_answer_to_an_earlier_request_is_none(asked: Asked) -> None:
    asked.ask_in(ENTER, 0.0)
    assert not asked.answer(Turned("r", "s", ErrorCode.ROOM_FULL, 0))


def test_patience_ends(asked: Asked) -> None:
    assert asked.next_deadline() is None
    asked.ask_in(ENTER, 0.0)
    asked.claim(CLAIM, 1.0)
    assert asked.next_deadline() == 2.0
    assert asked.take_enters(1.9) == []
    assert asked.take_enters(2.0) == [ENTER]
    assert asked.next_deadline() == 3.0
    assert asked.take_claims(3.0) == [CLAIM]
    assert asked.next_deadline() is None


def test_claims_of_a_dead_node_are_given_up(asked: Asked) -> None:
    asked.claim(CLAIM, 0.0)
    assert asked.take_claims(node="z") == []
    assert asked.take_claims(node="b") == [CLAIM]
    assert not asked.answer_claim("c")
