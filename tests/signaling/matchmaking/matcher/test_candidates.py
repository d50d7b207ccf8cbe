"""What the matcher makes of a ticket."""

import math

import pytest

from signaling.matchmaking.configuration.queues import Equal, Overlap, Queue, Widening, Within
from signaling.matchmaking.matcher.candidates import stand_all
from signaling.matchmaking.matcher.rules import Rules
from tests.signaling.matchmaking.waiting import candidate, party, solo

RULES = (Equal("map"), Within("level", Widening(5.0, 1.0)), Overlap("modes"))


def test_a_party_counts_with_its_mean_and_its_bonus() -> None:
    queue = Queue("team", party_bonus=20.0)
    assert candidate(party("p", (1400.0, 1600.0, 1800.0)), queue).rating == 1640.0


def test_bounds_widen_with_waiting() -> None:
    queue = Queue("duel", rating=Widening(100.0, 10.0), rtt=Widening(50.0, 10.0))
    one = candidate(solo("one", rtt={"eu": 40.0, "us": 75.0}), queue)
    assert (one.window, one.regions) == (100.0, {"eu"})
    one.stand(3.0, Rules(queue))
    assert (one.window, one.regions) == (130.0, {"eu", "us"})


def test_a_party_plays_where_all_of_it_can_and_whoever_said_nothing_anywhere() -> None:
    queue = Queue("duel", rtt=Widening(50.0))
    assert candidate(solo("silent"), queue).regions is None
    assert candidate(solo("far", rtt={"eu": 60.0}), queue).regions == frozenset()


def test_a_bot_takes_whoever_comes() -> None:
    assert candidate(solo("bot", bot=True), Queue("duel")).window == math.inf


@pytest.mark.parametrize(
    ("properties", "misfit"),
    [
        ({"map": "ice", "level": 3.0, "modes": ("a", "b")}, False),
        ({"map": "ice", "level": 3, "modes": "a"}, False),
        ({"level": 3.0, "modes": ("a",)}, True),
        ({"map": "ice", "level": "3", "modes": ("a",)}, True),
        ({"map": "ice", "level": math.nan, "modes": ("a",)}, True),
        ({"map": "ice", "level": 3.0, "modes": 1.0}, True),
    ],
)
def test_a_ticket_that_lacks_what_a_rule_looks_at_fits_nobody(
    properties: dict[str, object], misfit: bool
) -> None:
    queue = Queue("duel", rules=RULES)
    assert candidate(solo("one", properties=properties), queue).fit is not misfit


def test_bounds_that_are_set_for_all_are_those_of_each() -> None:
    queue = Queue("duel", rating=Widening(100.0, 10.0, 2.5, 180.0))
    waits = [30.0, *(0.25 * quarter for quarter in range(50, -9, -1)), 3.5, 3.0, 2.5, -4.0]
    those = [candidate(solo("one", waited=waited), queue) for waited in sorted(waits, reverse=True)]
    expected = [(one.waited, one.window) for one in those]
    for one in those:
        one.waited, one.window = -1.0, -1.0
    stand_all(those, 0.0, Rules(queue), bots=False)
    assert [(one.waited, one.window) for one in those] == expected
