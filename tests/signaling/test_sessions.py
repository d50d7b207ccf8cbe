"""A session remembers what it needs to be taken up again, and no more than it may."""

import pytest

from signaling.ring import Ring
from signaling.sessions import Session


@pytest.fixture
def session():
    return Session("sid", "alice")


def test_an_id_is_known_once_it_is_remembered(session):
    assert not session.has_sent("m")
    session.remember("m", 3)
    assert session.has_sent("m")


def test_the_oldest_id_makes_room_for_the_newest(session):
    for mid in ("m1", "m2", "m3", "m4"):
        session.remember(mid, 3)
    assert [session.has_sent(mid) for mid in ("m1", "m2", "m3", "m4")] == [False, True, True, True]
    assert session.mids == ("m2", "m3", "m4")


def test_a_signal_without_an_id_is_never_a_repetition(session):
    session.remember("m", 3)
    assert not session.has_sent(None)


@pytest.mark.parametrize(
    ("generation", "is_open"), [(2, False), (3, True), (4, True), (5, True), (6, False)]
)
def test_tokens_are_open_from_the_last_that_was_seen_to_arrive_to_the_newest(
    session, generation, is_open
):
    session.proven, session.generation = 3, 5
    assert session.is_open_to(generation) is is_open


@pytest.mark.parametrize(
    ("seq", "is_held"), [(6, False), (7, True), (8, True), (10, True), (11, False)]
)
def test_what_follows_a_message_is_held_if_nothing_is_missing_in_between(session, seq, is_held):
    session.sent = 10
    session.ring = Ring([b"8", b"9", b"10"])
    assert session.holds(seq) is is_held


def test_a_session_that_is_not_kept_holds_nothing(session):
    assert not session.holds(0)
