"""What the wire knows and the relay does not do is answered like the unknown."""

import pytest

from relay.unsupported import NOT_DONE, refuse_unknown, unsupported_attributes
from stunwire import (
    ChangeRequest,
    DontFragment,
    Lifetime,
    Message,
    Method,
    Software,
    UnknownAttribute,
    UnknownAttributes,
)


def _unsupported(*attributes) -> tuple[int, ...]:
    return unsupported_attributes(Message.request(Method.ALLOCATE, b"t" * 12, *attributes))


def test_unknown_and_not_done_types_are_listed_together():
    assert _unsupported(
        UnknownAttribute(0x7ABC, b""), ChangeRequest(change_ip=True), Lifetime(1)
    ) == (
        0x7ABC,
        0x0003,
    )


def test_what_is_done_or_optional_is_not_listed():
    assert _unsupported(Lifetime(1), Software("x"), UnknownAttribute(0xFABC, b"")) == ()


@pytest.mark.parametrize("kind", NOT_DONE)
def test_everything_not_done_is_comprehension_required(kind):
    assert kind.type < 0x8000


def test_an_attribute_that_comes_twice_is_listed_once():
    assert _unsupported(DontFragment(), DontFragment()) == (0x001A,)


def test_what_is_done_in_this_request_alone_is_not_listed():
    request = Message.request(Method.BINDING, b"t" * 12, ChangeRequest(change_ip=True))
    assert unsupported_attributes(request, done=(ChangeRequest,)) == ()


def test_the_refusal_names_the_types_to_the_client_and_the_operator():
    refusal = refuse_unknown((0x7ABC, 0x0003))
    assert refusal.code == 420
    assert refusal.attributes == (UnknownAttributes((0x7ABC, 0x0003)),)
    assert "0x7abc, 0x0003" in refusal.why
