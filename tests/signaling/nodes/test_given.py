"""Sessions on their way to another node."""

from signaling.nodes import given as module
from signaling.nodes.given import Given


def test_a_session_is_on_its_way_from_the_hand_over_to_its_arrival() -> None:
    given = Given()
    given.ask("c", "s")
    assert given.sids == []
    given.give("c", 0.0)
    assert given.sids == ["s"]
    given.settle("s")
    assert given.sids == []
    assert given.take_late(100.0) == []


def test_one_that_never_arrives_is_given_up_once() -> None:
    given = Given()
    given.ask("c", "s")
    given.give("c", 0.0)
    assert given.take_late(module.PATIENCE - 0.1) == []
    assert given.take_late(module.PATIENCE) == ["s"]
    assert given.take_late(module.PATIENCE) == []


def test_claims_that_are_not_answered_are_forgotten() -> None:
    given = Given()
    for number in range(module.KEPT + 1):
        given.ask(str(number), "s")
    given.give("0", 0.0)
    assert given.sids == []
