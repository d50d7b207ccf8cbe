"""The token bucket, with a clock that is moved by hand."""

import hypothesis.strategies as st
from hypothesis import given

from signaling.rate import TokenBucket


def test_the_burst_is_there_at_the_start():
    bucket = TokenBucket(rate=2.0, burst=3, now=10.0)
    assert [bucket.take(10.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_tokens_come_back_at_the_rate_and_no_further_than_the_burst():
    bucket = TokenBucket(rate=2.0, burst=3, now=0.0)
    for _ in range(3):
        bucket.take(0.0)
    assert bucket.take(0.25) == 0.25
    assert bucket.take(0.5) == 0.0
    assert [bucket.take(1000.0) > 0 for _ in range(4)] == [False, False, False, True]


@given(st.floats(0.1, 1000), st.integers(1, 100), st.floats(0, 1e6))
def test_who_waits_as_long_as_told_is_let_through(rate, burst, now):
    bucket = TokenBucket(rate, burst, now)
    while (wait := bucket.take(now)) == 0.0:
        pass
    assert bucket.take(now + wait) == 0.0


@given(st.lists(st.floats(0, 2), max_size=50))
def test_never_more_than_burst_plus_rate_times_time(pauses):
    bucket, now, taken = TokenBucket(5.0, 10, 0.0), 0.0, 0
    for pause in pauses:
        now += pause
        while bucket.take(now) == 0.0:
            taken += 1
    assert taken <= 10 + 5.0 * now + 1e-3
