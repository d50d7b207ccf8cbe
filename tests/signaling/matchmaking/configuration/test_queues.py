"""Bounds that widen and thresholds that fall while a ticket waits."""

from signaling.matchmaking.configuration.queues import Falling, Widening


def test_a_bound_widens_in_whole_seconds_after_its_pause_and_no_further_than_its_most() -> None:
    window = Widening(100.0, per_second=10.0, after=5.0, most=130.0)
    assert [window.at(waited) for waited in (0, 5, 6, 6.9, 7, 100)] == [
        100,
        100,
        110,
        110,
        120,
        130,
    ]


def test_a_threshold_falls_to_its_least() -> None:
    quality = Falling(0.8, per_second=0.1, after=1.0, least=0.5)
    assert [round(quality.at(waited), 1) for waited in (0, 1, 2, 100)] == [0.8, 0.8, 0.7, 0.5]
