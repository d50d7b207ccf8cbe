"""The congestion window grows and shrinks, and the timeout follows the round trips."""

from peer.sctp.chunks import MAX_FRAGMENT
from peer.sctp.congestion import RTO_MAX, RTO_MIN, CongestionWindow, RetransmissionTimeout


def test_slow_start_grows_with_what_is_acknowledged_and_only_when_the_window_was_full() -> None:
    window = CongestionWindow()
    first = window.size
    assert first <= 4404
    window.acknowledged(1000, 1, advanced=True, full=False)
    window.acknowledged(1000, 2, advanced=False, full=True)
    assert window.size == first
    window.acknowledged(1000, 3, advanced=True, full=True)
    assert window.size == first + 1000
    window.acknowledged(50_000, 4, advanced=True, full=True)
    assert window.size == first + 1000 + 2 * MAX_FRAGMENT


def test_a_loss_halves_the_window_once_until_all_that_was_under_way_has_come() -> None:
    window = CongestionWindow()
    window.size = 100_000
    assert window.lost(last_sent=50)
    assert window.size == 50_000
    assert not window.lost(last_sent=60)
    window.acknowledged(1000, 49, advanced=True, full=True)
    assert window.size == 50_000
    window.acknowledged(1000, 50, advanced=True, full=True)
    assert window.lost(last_sent=70)


def test_beyond_the_threshold_the_window_grows_by_a_packet_for_each_window_acknowledged() -> None:
    window = CongestionWindow()
    window.size = 20 * MAX_FRAGMENT
    window.lost(last_sent=9)
    window.acknowledged(1, 9, advanced=True, full=True)
    size = window.size
    for number in range(size // 1000 + 2):
        window.acknowledged(1000, 10 + number, advanced=True, full=True)
    assert size < window.size <= size + 2 * MAX_FRAGMENT + 1000


def test_after_a_timeout_one_packet_may_be_under_way() -> None:
    window = CongestionWindow()
    window.size = 100_000
    window.timed_out()
    assert window.size == MAX_FRAGMENT


def test_the_timeout_follows_the_round_trips_within_bounds() -> None:
    timeout = RetransmissionTimeout()
    timeout.measure(0.01)
    assert timeout.seconds == RTO_MIN
    for _ in range(50):
        timeout.measure(1.0)
    assert 1.0 <= timeout.seconds < 1.5
    timeout.measure(100.0)
    assert timeout.seconds == RTO_MAX


def test_waiting_in_vain_doubles_the_timeout_until_it_is_forgotten() -> None:
    timeout = RetransmissionTimeout()
    timeout.measure(0.01)
    seen = []
    for _ in range(6):
        timeout.back_off()
        seen.append(timeout.seconds)
    assert seen == [1.0, 2.0, 4.0, 4.0, 4.0, 4.0]
    timeout.reset()
    assert timeout.seconds == RTO_MIN
