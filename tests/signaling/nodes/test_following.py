"""The copies of a node: changed in the order of `rev`, doubted when something is missing."""

import pytest

from signaling.messages import LeaveReason, MemberState, Role
from signaling.nodes.following import Doubtful, Following
from signaling.orders import Exit, Mark, Member, Order, Revise, SetLock, Terms
from signaling.reports import (
    Arrived,
    Departed,
    Entered,
    LockSet,
    Marked,
    Moved,
    Promoted,
    Report,
    Resynced,
    Revised,
)

ANN, BOB = Member("ann", "s1", "a", {}, since=1), Member("bob", "s2", "b", {}, since=2)
TERMS = Terms(4)


@pytest.fixture
def following() -> Following:
    following = Following("a")
    list(following.hear(Entered("r", ANN, (BOB,), TERMS, 2, 1)))
    return following


def state(following: Following) -> dict[str, Member]:
    return following.rooms["r"].members


@pytest.mark.parametrize(
    "report",
    [
        Arrived("r", Member("cem", "s3", "b", {}), 3),
        Departed("r", "bob", "s2", LeaveReason.LEFT, 3),
        Revised("r", "bob", "s2", {"k": 1}, 3),
        Marked("r", "bob", "s2", MemberState.GONE, 3),
        Promoted("r", "bob", "s2", Role.HOST, 3),
        LockSet("r", True, "ann", 3),
        Moved("r", "bob", "s2", "c", 3),
    ],
    ids=lambda report: type(report).__name__,
)
def test_the_next_change_is_made_a_repeated_one_is_not_and_a_later_one_is_doubtful(
    following: Following, report: Report
) -> None:
    later = Arrived("r", Member("dag", "s4", "b", {}), 5)
    before = (dict(state(following)), following.rooms["r"].terms)
    assert list(following.hear(report)) == [report]
    assert (dict(state(following)), following.rooms["r"].terms) != before
    assert list(following.hear(report)) == []
    assert list(following.hear(later)) == [Doubtful("r")]
    assert list(following.hear(Arrived("r", Member("eve", "s5", "b", {}), 4))) == []
    truth = Resynced("r", (ANN,), TERMS, 6)
    assert list(following.hear(truth)) == [truth]
    assert list(state(following)) == ["ann"]


def test_a_room_without_members_here_is_followed_no_more(following: Following) -> None:
    gone = Departed("r", "ann", "s1", LeaveReason.LEFT, 3)
    assert list(following.hear(gone)) == [gone]
    assert following.rooms == {}
    assert list(following.hear(Arrived("r", BOB, 4))) == []


def test_a_room_that_the_last_of_us_moved_away_from_is_followed_no_more(
    following: Following,
) -> None:
    list(following.hear(Moved("r", "ann", "s1", "b", 3)))
    assert following.rooms == {}


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ((BOB,), LeaveReason.CLOSED),
        ((BOB, Member("ann", "s9", "b", {})), LeaveReason.REPLACED),
    ],
)
def test_one_of_us_that_is_in_the_room_no_longer_hears_so(
    following: Following, members: tuple[Member, ...], reason: LeaveReason
) -> None:
    heard = list(following.hear(Resynced("r", members, TERMS, 9)))
    assert heard == [Departed("r", "ann", "s1", reason, 9)]
    assert following.rooms == {}


@pytest.mark.parametrize(
    ("order", "report"),
    [
        (
            Exit("r", "ann", "s1", LeaveReason.BYE),
            Departed("r", "ann", "s1", LeaveReason.BYE, 3),
        ),
        (
            Mark("r", "ann", "s1", MemberState.GONE, 5.0),
            Marked("r", "ann", "s1", MemberState.GONE, 3, 5.0),
        ),
        (Revise("r", "ann", "s1", {"k": 1}), Revised("r", "ann", "s1", {"k": 1}, 3)),
        (Mark("r", "ann", "s1", MemberState.HERE), None),
        (Exit("r", "ann", "s7", LeaveReason.BYE), None),
        (Exit("q", "ann", "s1", LeaveReason.BYE), None),
        (SetLock("r", "ann", "s1", locked=True), None),
    ],
)
def test_what_concerns_one_of_us_alone_is_done_at_once_when_nobody_can_be_asked(
    following: Following, order: Order, report: Report | None
) -> None:
    assert list(following.change_alone(order)) == ([] if report is None else [report])
