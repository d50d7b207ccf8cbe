"""Candidates in order while they come and go."""

from random import Random

import pytest

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.matcher.candidates import Candidate
from signaling.matchmaking.matcher.shelves import FEW, Shelf
from tests.signaling.matchmaking.waiting import candidate, solo

QUEUE = Queue("duel")


@pytest.mark.parametrize("at_once", [1, FEW // 2, FEW * 3])
def test_whoever_comes_and_goes_the_rest_stays_in_order(at_once: int) -> None:
    dice, shelf, here = Random(1), Shelf(lambda one: one.place), list[Candidate]()
    for number in range(1, 10 * at_once + 1):
        one = candidate(solo(f"t{number}", dice.choice([1400.0, 1500.0, 1600.0])), QUEUE)
        shelf.put(one)
        here.append(one)
        if dice.random() < 0.5:
            gone = here.pop(dice.randrange(len(here)))
            gone.gone = True
            shelf.drop(gone)
        if number % at_once == 0:
            assert shelf.settled() == sorted(here, key=lambda one: one.place)


def test_who_comes_in_the_place_of_who_goes_stays() -> None:
    shelf, former, later = (
        Shelf(lambda one: one.place),
        *(candidate(solo("a"), QUEUE) for _ in "ab"),
    )
    shelf.put(former)
    assert shelf.settled() == [former]
    former.gone = True
    shelf.drop(former)
    shelf.put(later)
    assert shelf.settled() == [later]
