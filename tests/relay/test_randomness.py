"""Unguessable numbers: all of a range, each as likely as every other, from bytes that are used once."""

import os
import random
from collections import Counter

import pytest

from relay.randomness import Randomness


@pytest.mark.parametrize("bound", [1, 2, 3, 255, 256, 257, 16384, 1 << 32, 1 << 64, 1 << 256])
def test_numbers_are_below_their_bound(bound):
    numbers = [Randomness(os.urandom).below(bound) for _ in range(50)]
    assert all(0 <= number < bound for number in numbers)
    assert len(set(numbers)) > 1 or bound == 1


def test_every_number_is_as_likely_as_every_other():
    randomness = Randomness(random.Random(1).randbytes)
    drawn = Counter(randomness.below(5) for _ in range(50_000))
    assert sorted(drawn) == [0, 1, 2, 3, 4]
    assert all(9_500 < count < 10_500 for count in drawn.values())


def test_no_byte_is_used_twice_and_few_draws_are_made():
    draws = []

    def draw(size: int) -> bytes:
        first = sum(draws)
        draws.append(size)
        return bytes((first + at) % 256 for at in range(size))

    randomness = Randomness(draw)
    assert [randomness.below(256) for _ in range(2048)] == [at % 256 for at in range(2048)]
    assert draws == [1024, 1024]


def test_a_number_longer_than_a_draw_is_one_draw():
    assert Randomness(lambda size: b"\xff" * size).below(1 << 8 * 4096) == (1 << 8 * 4096) - 1
