"""Pauses grow, stay within their jitter, and end at the longest."""

import pytest

from peer.backoff import RESTART_PAUSES, SIGNALING_PAUSES, pause


@pytest.mark.parametrize("pauses", [SIGNALING_PAUSES, RESTART_PAUSES])
def test_pauses_grow_to_the_last_one_and_differ_by_chance(pauses: tuple[float, ...]) -> None:
    middle = [pause(tries, pauses, 0.5) for tries in range(len(pauses) + 3)]
    assert middle == [*pauses, *(pauses[-1:] * 3)]
    assert pause(1, pauses, 0.0) == pauses[1] / 2
    assert pause(1, pauses, 1.0) == pauses[1] * 1.5


def test_the_first_try_is_at_once() -> None:
    assert pause(0, SIGNALING_PAUSES, 1.0) == 0.0
