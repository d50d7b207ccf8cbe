"""Rooms that the configuration names."""

import pytest

from signaling.codes import ErrorCode
from signaling.gate import (
    ANONYMOUS,
    Admit,
    Admitted,
    Authenticate,
    Authenticated,
    Barred,
    Conditions,
    KeyKeeper,
)
from signaling.identity.staticrooms import RoomRules, StaticRooms, Unlisted
from signaling.messages import Topology

STAGE = RoomRules(keys=("new key", "old kéy"), max=3, topology=Topology.STAR)
ROOMS = {"team-*": RoomRules(max=5), "team-stage": STAGE, "*-hall": RoomRules(max=100)}


def ask(room: str, key: str | None = None, unlisted: Unlisted = Unlisted.OPEN):
    gate = StaticRooms(ROOMS, unlisted=unlisted)
    gate.listen(lambda report: None)
    (report,) = gate.carry(Admit("s", room, "alice", key, {}, ""))
    return report


@pytest.mark.parametrize("key", ["new key", "old kéy"])
def test_whoever_shows_a_key_is_let_in_on_the_rooms_conditions(key):
    conditions = Conditions(3, Topology.STAR, KeyKeeper.GATE)
    assert ask("team-stage", key) == Admitted("s", "team-stage", conditions=conditions)


@pytest.mark.parametrize(
    ("key", "words"),
    [(None, "needs a key"), ("other", "is another"), ("", "is another"), ("\ud800", "is another")],
)
def test_whoever_does_not_is_403(key, words):
    report = ask("team-stage", key)
    assert isinstance(report, Barred)
    assert report.code is ErrorCode.FORBIDDEN
    assert words in report.reason


def test_a_name_comes_before_patterns_and_these_in_their_order():
    assert ask("team-hall").conditions == Conditions(max=5)
    assert ask("town-hall", "any").conditions == Conditions(max=100)


def test_other_rooms_are_open_or_are_not_there():
    assert ask("else") == Admitted("s", "else")
    assert ask("else", unlisted=Unlisted.REFUSED).code is ErrorCode.NOT_FOUND
    assert ask("team-1", unlisted=Unlisted.REFUSED).conditions.max == 5


def test_who_somebody_is_is_left_to_others_and_keys_never_show():
    asked = Authenticate("c", "token", "alice", "192.0.2.1")
    assert StaticRooms({}).carry(asked) == [Authenticated("c", ANONYMOUS)]
    assert "new key" not in repr(STAGE)
