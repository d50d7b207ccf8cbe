"""The reference of every order: what it changes, and which node hears what of it."""

from dataclasses import replace

import pytest

from signaling.codes import ErrorCode
from signaling.membership import Membership
from signaling.messages import LeaveReason, MemberState, Pong, Role, Topology
from signaling.orders import (
    Claim,
    Duplicates,
    Enter,
    Exit,
    Fence,
    FenceReached,
    HandOver,
    Mark,
    Member,
    Miss,
    Rehome,
    Relay,
    Revise,
    SetLock,
    Terms,
)
from signaling.reports import (
    Arrived,
    Claimed,
    Departed,
    Entered,
    Fenced,
    FencePassed,
    HandedOver,
    LockSet,
    Marked,
    Missed,
    Moved,
    Promoted,
    Relayed,
    Resynced,
    Revised,
    Turned,
)

TERMS = Terms(4)


@pytest.fixture
def rooms():
    return Membership()


def who(peer, node="n1", **more):
    return Member(peer, more.pop("sid", f"s-{peer}"), node, {}, **more)


def enter(rooms, member, terms=TERMS, **more):
    return rooms.apply(Enter("r", member, terms, 7, **more), member.node)


def leave(rooms, peer, reason=LeaveReason.LEFT, **more):
    return rooms.apply(Exit("r", peer, f"s-{peer}", reason, **more), "n1")


def refusal(reports):
    ((_, turned),) = reports
    assert isinstance(turned, Turned)
    return turned.code


# --- coming in --------------------------------------------------------------------------------


def test_whoever_opens_a_room_is_its_host_and_sets_its_terms(rooms):
    ((node, entered),) = enter(rooms, who("a"), Terms(3))
    host = who("a", role=Role.HOST, since=1)
    assert (node, entered) == ("n1", Entered("r", host, (), Terms(3), 1, 7, opened=True))
    ((_, entered), _) = enter(rooms, who("b", "n2"), Terms(9))
    assert (entered.terms, entered.opened, entered.others) == (Terms(3), False, (host,))


def test_a_newcomer_is_told_to_the_other_nodes_in_the_room_once_each(rooms):
    enter(rooms, who("a"))
    enter(rooms, who("b", "n2"))
    enter(rooms, who("c", "n2"))
    (_, entered), *others = enter(rooms, who("d", "n3"))
    assert [other.peer for other in entered.others] == ["a", "b", "c"]
    arrived = Arrived("r", who("d", "n3", since=4), 4)
    assert others == [("n1", arrived), ("n2", arrived)]


def test_an_order_that_comes_twice_is_answered_twice_and_changes_nothing(rooms):
    enter(rooms, who("a"))
    ((_, first), _) = enter(rooms, who("b", "n2"))
    assert enter(rooms, who("b", "n2")) == [("n2", first)]
    assert rooms.rooms["r"].rev == 2


def test_a_full_room_turns_newcomers_away_and_stays_as_it_is(rooms):
    enter(rooms, who("a"), Terms(1))
    assert refusal(enter(rooms, who("b"))) is ErrorCode.ROOM_FULL
    assert leave(rooms, "b") == []
    assert rooms.rooms["r"].rev == 1


def test_a_room_for_nobody_is_never_opened(rooms):
    assert refusal(enter(rooms, who("a"), Terms(0))) is ErrorCode.ROOM_FULL
    assert rooms.rooms == {}


def test_a_name_that_is_taken_is_a_conflict_even_in_a_full_room(rooms):
    enter(rooms, who("a"), Terms(1))
    assert refusal(enter(rooms, who("a", sid="other"))) is ErrorCode.CONFLICT


@pytest.mark.parametrize("keys", [("k", ""), ("", "k"), ("k", "j")])
def test_another_key_than_the_rooms_is_forbidden(rooms, keys):
    enter(rooms, who("a"), Terms(4, key=keys[0]))
    assert refusal(enter(rooms, who("b"), Terms(4, key=keys[1]))) is ErrorCode.FORBIDDEN


def test_a_locked_room_lets_in_hosts_alone(rooms):
    enter(rooms, who("a"))
    rooms.apply(SetLock("r", "a", "s-a", True), "n1")
    assert refusal(enter(rooms, who("b"))) is ErrorCode.ROOM_LOCKED
    assert isinstance(enter(rooms, who("c", role=Role.HOST))[0][1], Entered)


def test_a_star_waits_for_its_host(rooms):
    star = Terms(4, Topology.STAR)
    ((_, turned),) = enter(rooms, who("a"), star, opener_is_host=False)
    assert (turned.code, turned.retry_after) == (ErrorCode.NOT_FOUND, 1.0)
    assert isinstance(
        enter(rooms, who("h", role=Role.HOST), star, opener_is_host=False)[0][1], Entered
    )


# --- in the place of another --------------------------------------------------------------------


def test_an_heir_takes_the_name_and_the_role_of_its_earlier_session(rooms):
    enter(rooms, who("a"))
    enter(rooms, who("b", "n2"))
    reports = enter(rooms, who("a", "n2", sid="new"), instead_of="s-a")
    departed = Departed("r", "a", "s-a", LeaveReason.REPLACED, 3)
    assert reports[:2] == [("n1", departed), ("n2", departed)]
    (node, entered) = reports[2]
    assert (node, entered.member.role, entered.rev) == ("n2", Role.HOST, 4)
    assert len(reports) == 3


def test_an_heir_finds_its_place_in_a_full_room(rooms):
    enter(rooms, who("a"), Terms(1))
    assert isinstance(enter(rooms, who("a", sid="new"), instead_of="s-a")[-1][1], Entered)


@pytest.mark.parametrize(
    ("duplicates", "name", "outcome"),
    [
        (Duplicates.REPLACE, "a", Entered),
        (Duplicates.REPLACE, "b", Entered),
        (Duplicates.REJECT, "a", Turned),
        (Duplicates.REJECT, "b", Turned),
        (Duplicates.ALLOW, "a", Turned),
        (Duplicates.ALLOW, "b", Entered),
    ],
)
def test_one_subject_that_comes_twice(rooms, duplicates, name, outcome):
    enter(rooms, who("a", subject="u"))
    *_, (_, report) = enter(rooms, who(name, sid="new", subject="u"), duplicates=duplicates)
    assert isinstance(report, outcome)
    stays = duplicates is not Duplicates.REPLACE
    assert any(member.sid == "s-a" for member in rooms.rooms["r"].members.values()) is stays


def test_the_anonymous_are_nobodys_duplicates(rooms):
    enter(rooms, who("a"))
    assert isinstance(enter(rooms, who("b"), duplicates=Duplicates.REPLACE)[0][1], Entered)
    assert refusal(enter(rooms, who("b", sid="new"), duplicates=Duplicates.REPLACE)) == 409


def test_the_names_of_a_dead_nodes_members_may_be_taken(rooms):
    enter(rooms, who("a"))
    enter(rooms, who("b", "n2"))
    (marked,) = {report for _, report in rooms.bury("n1", 30.0)}
    assert marked == Marked("r", "a", "s-a", MemberState.GONE, 3, 30.0)
    reports = [report for _, report in enter(rooms, who("a", "n2", sid="new"))]
    assert [type(report) for report in reports] == [Departed, Departed, Entered]
    assert rooms.sweep("n1") == []


def test_the_members_of_a_dead_node_are_lost_in_the_end(rooms):
    enter(rooms, who("a"))
    enter(rooms, who("b", "n2"))
    rooms.bury("n1", 30.0)
    reports = [report for node, report in rooms.sweep("n1") if node == "n2"]
    assert reports[0] == Departed("r", "a", "s-a", LeaveReason.LOST, 4)
    assert isinstance(reports[1], Promoted)


# --- going out --------------------------------------------------------------------------------


def test_a_departure_is_told_to_every_node_and_the_last_one_closes_the_room(rooms):
    enter(rooms, who("a"))
    enter(rooms, who("b", "n2"))
    departed = Departed("r", "b", "s-b", LeaveReason.LOST, 3)
    assert leave(rooms, "b", LeaveReason.LOST) == [("n1", departed), ("n2", departed)]
    assert leave(rooms, "a") == [
        ("n1", Departed("r", "a", "s-a", LeaveReason.LEFT, 4, closed=True))
    ]
    assert rooms.rooms == {}


def test_the_longest_there_inherits_from_the_last_host(rooms):
    for peer in ("a", "c", "b"):
        enter(rooms, who(peer))
    assert [report for _, report in leave(rooms, "a")][1:] == [
        Promoted("r", "c", "s-c", Role.HOST, 5)
    ]
    assert [type(report) for _, report in leave(rooms, "b")] == [Departed]


def test_nobody_inherits_where_roles_come_from_tokens(rooms):
    enter(rooms, who("a", role=Role.HOST), opener_is_host=False)
    enter(rooms, who("b"))
    assert [type(report) for _, report in leave(rooms, "a", heir=False)] == [Departed]


def test_a_star_without_hosts_closes_for_all(rooms):
    star = Terms(4, Topology.STAR)
    enter(rooms, who("h"), star)
    enter(rooms, who("a", "n2"), star)
    enter(rooms, who("b"), star)
    told = [report for node, report in leave(rooms, "h") if node == "n1"]
    assert [(each.peer, each.reason.value, each.closed) for each in told] == [
        ("h", "left", False),
        ("a", "closed", False),
        ("b", "closed", True),
    ]
    assert rooms.rooms == {}


# --- changes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "report"),
    [
        (Revise("r", "a", "s-a", {"x": 1}), Revised("r", "a", "s-a", {"x": 1}, 3)),
        (
            Mark("r", "a", "s-a", MemberState.GONE, 9.0),
            Marked("r", "a", "s-a", MemberState.GONE, 3, 9.0),
        ),
        (SetLock("r", "a", "s-a", True), LockSet("r", True, "a", 3)),
    ],
)
def test_a_change_is_told_to_every_node_and_kept(rooms, order, report):
    enter(rooms, who("a"))
    enter(rooms, who("b", "n2"))
    assert rooms.apply(order, "n1") == [("n1", report), ("n2", report)]
    ((_, entered), *_) = enter(rooms, who("c", role=Role.HOST))
    assert entered.others[0].meta == ({"x": 1} if isinstance(order, Revise) else {})
    assert entered.terms.locked is isinstance(order, SetLock)


@pytest.mark.parametrize(
    "order",
    [
        Exit("r", "a", "impostor", LeaveReason.LEFT),
        Revise("r", "a", "impostor", {}),
        Mark("r", "a", "s-a", MemberState.HERE),
        SetLock("r", "b", "s-b", True),
        SetLock("r", "a", "s-a", False),
        Revise("nowhere", "a", "s-a", {}),
    ],
)
def test_what_changes_nothing_is_told_to_nobody(rooms, order):
    enter(rooms, who("a"))
    enter(rooms, who("b", "n2"))
    assert rooms.apply(order, "n1") == []
    assert rooms.rooms["r"].rev == 2


def test_the_new_node_of_a_member_hears_all_and_the_others_of_the_move(rooms):
    enter(rooms, who("a"))
    enter(rooms, who("b", "n2"))
    first, *others = rooms.apply(Rehome("r", "a", "s-a", "n3"), "n3")
    moved = replace(who("a"), node="n3", role=Role.HOST, since=1)
    members = (moved, who("b", "n2", since=2))
    assert first == ("n3", Resynced("r", members, TERMS, 3))
    told = Moved("r", "a", "s-a", "n3", 3)
    assert others == [("n1", told), ("n2", told)]


def test_a_member_that_was_put_out_on_the_way_is_departed_where_it_comes(rooms):
    enter(rooms, who("b"))
    out = Departed("r", "a", "s-a", LeaveReason.CLOSED, 1)
    assert rooms.apply(Rehome("r", "a", "s-a", "n3"), "n3") == [("n3", out)]


def test_a_room_is_told_anew_to_nodes_in_it_alone(rooms):
    enter(rooms, who("a"))
    resynced = Resynced("r", (who("a", role=Role.HOST, since=1),), TERMS, 1)
    assert rooms.resync("r", "n1") == resynced
    assert rooms.resync("r", "n2") is rooms.resync("nowhere", "n1") is None


# --- from node to node --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "report"),
    [
        (Relay("n2", "s", Pong()), Relayed("s", Pong())),
        (Claim("n2", "s", 3, 9, "c"), Claimed("n1", "s", 3, 9, "c")),
        (HandOver("n2", "c", b"x"), HandedOver("c", b"x")),
        (Fence("n2", "s", "n1", 5), Fenced("s", "n1", 5)),
        (FenceReached("n2", "s", 5, whole=False), FencePassed("s", 5, whole=False)),
        (Miss("n2", "s"), Missed("s")),
    ],
)
def test_what_is_for_a_node_comes_to_that_node(rooms, order, report):
    assert rooms.apply(order, "n1") == [("n2", report)]
