"""The lifetime that is granted, as RFC 8656 §7.2 computes it."""

from hypothesis import given
from hypothesis import strategies as st

from relay import Limits
from relay.requests.lifetimes import granted_lifetime
from stunwire import Lifetime, Message, Method

LIMITS = Limits(default_lifetime=300, longest_lifetime=900)


def _granted(*asked: int) -> int:
    attributes = (Lifetime(seconds) for seconds in asked)
    return granted_lifetime(Message.request(Method.ALLOCATE, b"t" * 12, *attributes), LIMITS)


def test_no_lifetime_asked_for_means_the_default():
    assert _granted() == 300


@given(st.integers(0, 2**32 - 1))
def test_whatever_is_asked_for_what_is_granted_lies_between_default_and_cap(asked):
    granted = _granted(asked)
    assert 300 <= granted <= 900
    assert granted == asked or asked < 300 or asked > 900


def test_the_first_of_two_lifetimes_counts():
    assert _granted(400, 500) == 400
