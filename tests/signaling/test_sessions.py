"""A session remembers the ids of its last signals, and no more of them than it may."""

import pytest

from signaling.rate import TokenBucket
from signaling.sessions import Session, Stage


@pytest.fixture
def session():
    return Session("sid", TokenBucket(1.0, 1, 0.0), hello_by=5.0, mids_kept=3)


def test_a_session_begins_with_a_greeting(session):
    assert session.stage is Stage.GREETING
    assert session.rooms == {}


def test_an_id_is_known_once_it_is_remembered(session):
    assert not session.has_sent("m")
    session.remember("m")
    assert session.has_sent("m")


def test_the_oldest_id_makes_room_for_the_newest(session):
    for mid in ("m1", "m2", "m3", "m4"):
        session.remember(mid)
    assert [session.has_sent(mid) for mid in ("m1", "m2", "m3", "m4")] == [False, True, True, True]


def test_a_signal_without_an_id_is_never_a_repetition(session):
    session.remember(None)
    assert not session.has_sent(None)
