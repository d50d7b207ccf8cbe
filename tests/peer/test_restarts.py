"""When ICE is restarted by itself: hours pass in a line."""

import pytest

from peer.restarts import Reason, Restarts


def played(core: Restarts, until: float) -> list[tuple[float, Reason]]:
    """Ring the timer when it wants to, begin a restart each time, and note when."""
    found = []
    while (now := core.next_deadline()) is not None and now <= until and not core.is_over(now):
        reason = core.handle_timer(now)
        if reason is not None:
            found.append((now, reason))
            core.receive_begun(now)
    return found


def test_a_lost_path_is_tried_again_with_growing_pauses_until_it_is_given_up() -> None:
    core = Restarts(deadline=45.0, delay=0.0)
    core.receive_lost(100.0)
    found = played(core, 1000.0)
    assert [at for at, _ in found] == [100.0, 102.0, 106.0, 114.0, 129.0, 144.0]
    assert {reason for _, reason in found} == {Reason.DISCONNECTED}
    assert not core.is_over(144.9)
    assert core.is_over(145.0)


def test_a_path_that_is_back_is_left_alone() -> None:
    core = Restarts(deadline=45.0, delay=0.0)
    core.receive_lost(0.0)
    core.receive_begun(0.0)
    core.receive_restored()
    assert core.next_deadline() is None
    assert not core.is_over(1000.0)


def test_the_polite_side_leaves_the_first_try_to_the_other() -> None:
    core = Restarts(deadline=45.0, delay=0.5)
    core.receive_lost(10.0)
    assert core.next_deadline() == 10.5
    core.receive_begun(10.1)  # the other side did
    assert core.next_deadline() == pytest.approx(12.6)


def test_while_signaling_is_away_nothing_is_tried_but_the_end_comes_all_the_same() -> None:
    core = Restarts(deadline=45.0, delay=0.0)
    core.receive_reachability(reachable=False)
    core.receive_lost(0.0)
    assert core.handle_timer(44.0) is None
    assert core.next_deadline() == 45.0
    core.receive_reachability(reachable=True)
    assert core.handle_timer(44.0) is Reason.DISCONNECTED
    assert core.is_over(45.0)


@pytest.mark.parametrize("reason", [Reason.ADDRESSES, Reason.SIGNALING, Reason.RELAY])
def test_a_working_path_is_replaced_once_when_there_is_a_reason(reason: Reason) -> None:
    core = Restarts(deadline=45.0, delay=0.0)
    core.receive_reason(reason, 7.0)
    assert played(core, 1000.0) == [(7.0, reason)]


def test_only_what_both_sides_notice_is_left_to_the_other_first() -> None:
    core = Restarts(deadline=45.0, delay=0.5)
    core.receive_reason(Reason.SIGNALING, 7.0)
    assert core.next_deadline() == 7.5
    core.receive_reason(Reason.ADDRESSES, 7.1)
    assert core.next_deadline() == 7.1


def test_without_automatic_restarts_a_lost_path_is_only_given_up() -> None:
    core = Restarts(deadline=45.0, delay=0.0, automatic=False)
    core.receive_lost(0.0)
    core.receive_reason(Reason.ADDRESSES, 1.0)
    assert core.next_deadline() == 45.0
