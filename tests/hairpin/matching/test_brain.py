"""A bot's hand: it stays within its half, is no faster than it may be, and plays a game that ends."""

import math
from random import Random

import pytest

from hairpin.matching.brain import Brain, Skill
from hairpin.matching.rink import HEIGHT, MALLET, Body, Phase, Point, opened

TICK = 1 / 60


@pytest.mark.parametrize("side", [0, 1])
def test_it_moves_no_faster_than_its_skill_and_stays_in_its_half(side: int) -> None:
    random = Random(3)
    brain = Brain(side, Skill(speed=1.0), random)
    rink = opened()
    rink.phase = Phase.PLAY
    before: Point | None = None
    for _ in range(2000):
        rink.puck = Body(
            random.random(), random.random() * HEIGHT, *random.choices([-1, 0, 1], k=2)
        )
        hand = brain.decide(rink, TICK)
        assert (hand.y >= HEIGHT / 2 + MALLET) if side == 0 else (hand.y <= HEIGHT / 2 - MALLET)
        if before is not None:
            assert math.dist(before, hand) <= 2.0 * TICK + 1e-9
        before = hand


@pytest.mark.parametrize(("x", "near"), [(0.1, 0.35), (0.9, 0.65)])
def test_it_stands_between_a_puck_that_comes_and_its_goal(x: float, near: float) -> None:
    brain = Brain(0, Skill(error=0.0), Random(1))
    rink = opened()
    rink.phase = Phase.PLAY
    rink.puck = Body(x, 0.9, 0.0, 0.5)
    hand = Point(0.5, 1.35)
    for _ in range(120):
        hand = brain.decide(rink, TICK)
    assert abs(hand.x - 0.5) < abs(x - 0.5)
    assert (hand.x - near) * (x - 0.5) <= 0.16 * abs(x - 0.5) + 0.05
    assert hand.y > 1.3
