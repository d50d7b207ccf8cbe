"""How good a match is."""

import pytest

from signaling.matchmaking.configuration.queues import Falling, Queue, Widening
from signaling.matchmaking.matcher.worth import best_region, quality, wanted
from tests.signaling.matchmaking.waiting import candidate, solo


def test_a_duel_loses_in_proportion_to_the_difference() -> None:
    queue = Queue("duel", quality_scale=400.0)
    assert [quality(d, d, queue) for d in (0.0, 100.0, 400.0, 900.0)] == [1.0, 0.75, 0.0, 0.0]


def test_even_teams_of_unlike_players_are_worth_less_than_of_alike() -> None:
    queue = Queue("team")
    assert 0.0 < quality(0.0, 300.0, queue) < quality(0.0, 30.0, queue) < 1.0


def test_without_ratings_every_match_is_worth_the_same() -> None:
    assert quality(0.0, 300.0, Queue("any", rating=None)) == 1.0


def test_what_is_wanted_falls() -> None:
    assert wanted(0.0, Queue("any")) == 0.0
    assert wanted(5.0, Queue("any", quality=Falling(0.8, 0.1))) == pytest.approx(0.3)


def test_the_region_is_where_the_farthest_is_nearest() -> None:
    queue = Queue("duel", rtt=Widening(100.0))
    one = candidate(solo("one", rtt={"eu": 10.0, "us": 80.0, "as": 90.0}), queue)
    two = candidate(solo("two", rtt={"eu": 90.0, "us": 40.0, "as": 40.0}), queue)
    anywhere = candidate(solo("anywhere"), queue)
    assert best_region([one, two, anywhere], frozenset({"as", "eu", "us"})) == "us"
    assert best_region([anywhere], None) is None
