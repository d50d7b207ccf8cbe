"""A plan asks what changes nothing, unless it is told more."""

from nat.discovery import Plan, TurnServer, Wish
from nat.discovery.transactions import Transport


def test_nothing_is_opened_unless_it_is_asked_for() -> None:
    assert Wish.MAP_TEST not in Plan().wishes


def test_what_takes_minutes_is_asked_for_alone() -> None:
    assert Wish.LIFETIME not in Plan().wishes


def test_a_password_is_never_printed() -> None:
    assert "hush" not in repr(TurnServer("a", 3478, Transport.UDP, "me", "hush"))
