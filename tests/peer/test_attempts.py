"""Which offers begin a session, and which are late."""

from typing import Any

import pytest

from peer.attempts import Attempts, starts_anew
from peer.roster import Member
from signaling import SignalKind, SignalReceived


def signal(kind: SignalKind = SignalKind.OFFER, pc: str | None = "b") -> SignalReceived:
    return SignalReceived("room", "bob", kind, {}, pc, None)


def test_an_offer_of_another_attempt_begins_a_session_and_what_is_late_does_not() -> None:
    attempts = Attempts()
    attempts.end("a")
    attempts.end(None)
    assert attempts.may_begin(signal())
    assert not attempts.may_begin(signal(pc="a"))
    assert not attempts.may_begin(signal(pc=None))
    assert not attempts.may_begin(signal(SignalKind.ANSWER))


def test_what_is_over_is_remembered_for_a_while() -> None:
    attempts = Attempts()
    for number in range(65):
        attempts.end(str(number))
    assert [attempts.may_begin(signal(pc=each)) for each in ("0", "1", "64")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("instance", "attempt", "came", "anew"),
    [
        ("", "a", {"pc": "b"}, True),
        ("1", "a", {"pc": "b"}, False),
        ("", "a", {"pc": "a"}, False),
        ("", None, {"pc": "b"}, False),
        ("", "a", {"pc": "b", "kind": SignalKind.CANDIDATES}, False),
    ],
)
def test_who_says_no_instance_starts_anew_with_another_attempt(
    instance: str, attempt: str | None, came: dict[str, Any], anew: bool
) -> None:
    member = Member("bob", instance, polite=False)
    assert starts_anew(member, signal(**came), attempt) is anew
