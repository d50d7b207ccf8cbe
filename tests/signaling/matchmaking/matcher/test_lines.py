"""Who is next to whom."""

import math

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.matcher.candidates import Candidate
from signaling.matchmaking.matcher.lines import Line
from tests.signaling.matchmaking.waiting import candidate, solo

QUEUE = Queue("duel")


def line(*ratings: float) -> tuple[Line, list[Candidate]]:
    candidates = [candidate(solo(str(at), rating), QUEUE) for at, rating in enumerate(ratings)]
    return Line(sorted(candidates, key=lambda one: one.place)), candidates


def test_the_nearest_come_first_and_of_two_as_near_the_higher() -> None:
    stood, candidates = line(1500, 1400, 1600, 1550, 1000)
    assert [one.rating for one in stood.nearest(candidates[0])] == [1550, 1600, 1400, 1000]


def test_those_who_left_are_passed_over() -> None:
    stood, candidates = line(1500, 1400, 1600, 1550, 1000)
    stood.take(candidates[3])
    stood.take(candidates[2])
    assert [one.rating for one in stood.nearest(candidates[0])] == [1400, 1000]
    assert stood.sizes == {1: 3}


def test_somebody_from_elsewhere_sees_the_line_too() -> None:
    stood, candidates = line(1500, 1400, 1600, 1550)
    stood.take(candidates[0])
    stranger = candidate(solo("stranger", 1480), QUEUE)
    assert [one.rating for one in stood.nearest(stranger)] == [1550, 1400, 1600]
    assert [one.rating for one in stood.nearest(candidates[0])] == [1550, 1600, 1400]


def test_those_within_a_reach_are_the_nearest_of_either_side() -> None:
    stood, candidates = line(1500, 1400, 1600, 1550, 1000)
    within = [one.rating for one in stood.within(candidates[0], 100.0, 9)]
    assert within == [1550, 1600, 1400]
    assert [one.rating for one in stood.within(candidates[0], 1e9, 1)] == [1550, 1400]
    assert len(stood.within(candidates[0], math.inf, 9)) == 4


def test_each_knows_how_near_the_nearest_stood() -> None:
    _, candidates = line(1500, 1400, 1590, 1550, 1000)
    assert [one.near for one in candidates] == [50, 100, 40, 40, 400]
    _, (alone,) = line(1500)
    assert alone.near == math.inf
