"""Tests of `nat.simulator.randomness`: randomness from one seed: a stream of its own for each purpose."""

from nat.simulator.randomness import stream


def test_a_stream_is_the_same_on_every_machine():
    assert stream(1, "nat", "home").randrange(10**6) == 266_294


def test_streams_differ_by_seed_and_purpose():
    draws = {
        stream(seed, *purpose).random()
        for seed in (1, 2)
        for purpose in (("a",), ("b",), ("a", "b"))
    }
    assert len(draws) == 6
