"""Pauses before the next look: none when packets are few, short ones when they are many."""

import pytest

from relay.coalescing import LONGEST_PAUSE, Coalescer


def _flow(coalescer: Coalescer, rate: float, seconds: float = 0.1, start: float = 1.0) -> float:
    """Let packets come one at a time; return the last pause."""
    pause = 0.0
    for n in range(int(rate * seconds)):
        pause = coalescer.note(1, start + n / rate)
    return pause


@pytest.mark.parametrize("rate", [10, 1000, 2900])
def test_few_packets_are_not_held_up(rate):
    assert _flow(Coalescer(), rate) == 0.0


@pytest.mark.parametrize("rate", [3500, 5000, 20_000, 50_000])
def test_packets_that_come_often_are_held_up_by_the_longest_pause_at_most(rate):
    assert _flow(Coalescer(), rate) == LONGEST_PAUSE


def test_the_more_come_the_shorter_is_the_pause():
    faster, slower = _flow(Coalescer(), 400_000), _flow(Coalescer(), 100_000)
    assert 0.0 < faster < slower < LONGEST_PAUSE


def test_a_look_that_found_plenty_or_nothing_is_followed_by_another_at_once():
    coalescer = Coalescer()
    assert _flow(coalescer, 20_000) > 0.0
    assert coalescer.note(16, 1.11) == 0.0
    assert coalescer.note(0, 1.12) == 0.0


def test_after_a_silence_the_first_packet_is_not_held_up():
    coalescer = Coalescer()
    assert _flow(coalescer, 20_000) > 0.0
    assert coalescer.note(1, 60.0) == 0.0


def test_no_longest_pause_means_no_pause():
    assert _flow(Coalescer(longest=0.0), 20_000) == 0.0
