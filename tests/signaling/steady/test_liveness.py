"""Whether the server is still there."""

import pytest

from signaling.steady.liveness import Liveness, Pulse


@pytest.mark.parametrize(("ping_ms", "half"), [(20_000, 10.0), (0, 10.0), (10, 0.5), (10**9, 30.0)])
def test_half_of_the_ping_time_is_silence_the_other_half_waiting(ping_ms, half):
    liveness = Liveness()
    liveness.begin(ping_ms, 100.0)
    assert liveness.next_deadline == 100.0 + half
    assert liveness.check(100.0 + half - 0.01) is Pulse.NOTHING
    assert liveness.check(100.0 + half) is Pulse.PING
    assert liveness.check(100.0 + half + 0.01) is Pulse.NOTHING
    assert liveness.check(100.0 + 2 * half) is Pulse.DEAD


def test_whatever_comes_is_a_sign_of_life():
    liveness = Liveness()
    liveness.begin(20_000, 0.0)
    assert liveness.check(10.0) is Pulse.PING
    liveness.hear(11.0)
    assert liveness.check(20.0) is Pulse.NOTHING
    assert liveness.next_deadline == 21.0


def test_in_doubt_the_answer_must_come_soon_and_one_question_is_enough():
    liveness = Liveness()
    liveness.begin(20_000, 0.0)
    assert liveness.probe(1.0) is Pulse.PING
    assert liveness.probe(1.1) is Pulse.NOTHING
    assert liveness.check(2.4) is Pulse.NOTHING
    assert liveness.check(2.5) is Pulse.DEAD
