"""What the wire knows and the relay does not do is answered like the unknown."""

import pytest

from relay.unsupported import NOT_DONE, unsupported_attributes
from stunwire import (
    DontFragment,
    Lifetime,
    Message,
    Method,
    ReservationToken,
    Software,
    UnknownAttribute,
)


def _unsupported(*attributes) -> tuple[int, ...]:
    return unsupported_attributes(Message.request(Method.ALLOCATE, b"t" * 12, *attributes))


def test_unknown_and_not_done_types_are_listed_together():
    assert _unsupported(
        UnknownAttribute(0x7ABC, b""), ReservationToken(b"12345678"), Lifetime(1)
    ) == (
        0x7ABC,
        0x0022,
    )


def test_what_is_done_or_optional_is_not_listed():
    assert _unsupported(Lifetime(1), Software("x"), UnknownAttribute(0xFABC, b"")) == ()


@pytest.mark.parametrize("kind", NOT_DONE)
def test_everything_not_done_is_comprehension_required(kind):
    assert kind.type < 0x8000


def test_an_attribute_that_comes_twice_is_listed_once():
    assert _unsupported(DontFragment(), DontFragment()) == (0x001A,)
