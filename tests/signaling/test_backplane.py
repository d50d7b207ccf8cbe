"""The backplane of a single node decides who may come in, and numbers every change."""

import pytest

from signaling.backplane import (
    Departed,
    Enter,
    Entered,
    Exit,
    Member,
    MemoryBackplane,
    Relay,
    Revise,
    Revised,
    Turned,
)
from signaling.codes import ErrorCode
from signaling.messages import LeaveReason, Pong


def member(peer, sid=None):
    return Member(peer, sid or f"s-{peer}", "local", {})


@pytest.fixture
def plane():
    return MemoryBackplane()


def test_members_come_in_and_learn_who_was_there(plane):
    assert plane.carry(Enter("r", member("a"), 16, 1)) == [Entered("r", member("a"), (), 1, 16, 1)]
    assert plane.carry(Enter("r", member("b"), 16, None)) == [
        Entered("r", member("b"), (member("a"),), 2, 16, None)
    ]


def test_a_full_room_turns_newcomers_away_unchanged(plane):
    plane.carry(Enter("r", member("a"), 1, 1))
    assert plane.carry(Enter("r", member("b"), 1, 2)) == [
        Turned("r", "s-b", ErrorCode.ROOM_FULL, 2)
    ]
    assert plane.carry(Exit("r", "b", "s-b", LeaveReason.LEFT)) == []


def test_a_taken_name_is_a_conflict_even_in_a_full_room(plane):
    plane.carry(Enter("r", member("a"), 1, 1))
    assert plane.carry(Enter("r", member("a", "other"), 1, 2)) == [
        Turned("r", "other", ErrorCode.CONFLICT, 2)
    ]


def test_a_refused_newcomer_leaves_no_empty_room_behind(plane):
    plane.carry(Enter("r", member("a"), 0, 1))
    assert plane.rooms == 0


def test_who_leaves_is_reported_and_the_last_one_takes_the_room_along(plane):
    plane.carry(Enter("r", member("a"), 16, 1))
    assert plane.carry(Exit("r", "a", "s-a", LeaveReason.LOST)) == [
        Departed("r", "a", "s-a", LeaveReason.LOST, 2)
    ]
    assert plane.rooms == 0


def test_only_the_session_that_bears_a_name_can_take_it_out_or_revise_it(plane):
    plane.carry(Enter("r", member("a"), 16, 1))
    assert plane.carry(Exit("r", "a", "impostor", LeaveReason.LEFT)) == []
    assert plane.carry(Revise("r", "a", "impostor", {"x": 1})) == []
    assert plane.carry(Revise("nowhere", "a", "s-a", {"x": 1})) == []


def test_revised_metadata_is_what_a_newcomer_finds(plane):
    plane.carry(Enter("r", member("a"), 16, 1))
    assert plane.carry(Revise("r", "a", "s-a", {"x": 1})) == [Revised("r", "a", "s-a", {"x": 1}, 2)]
    (entered,) = plane.carry(Enter("r", member("b"), 16, 1))
    assert entered.others == (Member("a", "s-a", "local", {"x": 1}),)


def test_a_single_node_has_nobody_to_relay_to(plane):
    with pytest.raises(AssertionError, match="node-2"):
        plane.carry(Relay("node-2", "s", Pong()))


def test_nothing_comes_later(plane):
    plane.listen(lambda report: pytest.fail("a report came"))
    plane.carry(Enter("r", member("a"), 16, 1))
