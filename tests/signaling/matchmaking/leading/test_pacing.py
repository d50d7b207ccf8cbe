"""When the matcher ticks."""

from signaling.matchmaking.leading.pacing import FASTEST, SLOWEST, SMALL, Pace


def _ticked(took: float) -> Pace:
    pace = Pace()
    pace.begin(100.0)
    pace.receive_ticked(took)
    return pace


def test_a_newcomer_in_a_small_pool_is_tried_at_once() -> None:
    pace = _ticked(0.001)
    pace.receive_change(SMALL)
    assert pace.due() <= 100.0


def test_a_large_pool_ticks_the_slower_the_longer_it_takes() -> None:
    dues = []
    for took in (0.001, 0.2, 2.0):
        pace = _ticked(took)
        pace.receive_change(SMALL + 1)
        dues.append(pace.due() - 100.0)
    assert [round(due, 3) for due in dues] == [FASTEST, 0.4, SLOWEST]


def test_while_nothing_changes_there_is_a_tick_a_second_because_windows_widen() -> None:
    assert _ticked(0.001).due() == 100.0 + SLOWEST


def test_a_clock_that_was_put_back_makes_nobody_wait_for_what_it_was() -> None:
    pace = _ticked(0.001)
    pace.receive_time(40.0)
    assert pace.due() == 40.0 + SLOWEST
