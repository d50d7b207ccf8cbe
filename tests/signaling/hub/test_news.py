"""Members hear what changes in their rooms: in a star hosts hear all, the others hear of hosts."""

import pytest

from signaling.messages import LeaveReason, MemberState, Role
from signaling.orders import Copy, Member
from signaling.reports import Arrived, Departed, LockSet, Marked, Promoted, Revised
from signaling.sessions import Seat, Session

FAR = Member("far", "s-far", "there", {"x": 1})


@pytest.fixture
def star(world):
    for name in ("host", "one", "two"):
        world.connect(name)
        world.say(name, "hello", peer=name)
        world.say(name, "join", room="s", topology="star")
    return world


def test_in_a_star_a_newcomer_is_told_to_hosts_alone(star):
    heard = [message["peer"] for message in star.take("host")]
    assert heard == ["one", "two"]
    assert star.take("one") == []


def test_in_a_star_nobody_else_is_reached(star):
    star.take("host")
    one = {"room": "s", "kind": "custom"}
    assert star.say("one", "signal", id=1, to="two", **one)[0]["reason"] == "unknown_peer"
    assert star.say("one", "signal", id=1, to="host", **one)[0]["t"] == "ok"
    assert star.say("host", "signal", id=1, to="two", **one)[-1]["t"] == "ok"


def test_a_star_closes_with_its_host(star):
    star.disconnect("host")
    heard = [(m["t"], m.get("peer"), m["reason"]) for m in star.take("one")]
    assert heard == [("peer.leave", "host", "lost"), ("removed", None, "closed")]
    assert star.hub.rooms == star.backplane.rooms == 0


def test_the_heir_of_a_meshs_last_host_is_told_to_all(call):
    call.member("dave", "r")
    call.disconnect("alice")
    role = {"t": "peer.role", "room": "r", "peer": "bob", "role": "host", "rev": 5}
    assert call.take("bob")[-1] == call.take("dave")[-1] == role
    assert call.say("bob", "kick", id=1, room="r", peer="dave")[0]["t"] == "ok"


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (Arrived("r", FAR, 3), None),
        (Revised("r", "far", "s-far", {"y": 2}, 4), {"t": "peer.state", "meta": {"y": 2}}),
        (
            Marked("r", "far", "s-far", MemberState.GONE, 4, 9.0),
            {"t": "peer.gone", "grace_s": 9.0},
        ),
        (Marked("r", "far", "s-far", MemberState.HERE, 4), {"t": "peer.back"}),
        (Promoted("r", "far", "s-far", Role.HOST, 4), {"t": "peer.role", "role": "host"}),
        (
            Departed("r", "far", "s-far", LeaveReason.LOST, 4),
            {"t": "peer.leave", "reason": "lost"},
        ),
    ],
)
def test_news_from_another_node_is_told_to_the_members_here(call, report, told):
    call.carry_out(call.hub.receive_report(Arrived("r", FAR, 3)))
    for name in ("alice", "bob"):
        assert call.take(name) == [
            {
                "t": "peer.join",
                "room": "r",
                "peer": "far",
                "polite": True,
                "rev": 3,
                "meta": {"x": 1},
            }
        ]
    if told is not None:
        call.carry_out(call.hub.receive_report(report))
        expected = {"room": "r", "peer": "far", "rev": 4} | told
        assert call.take("alice") == call.take("bob") == [expected]
    assert call.take("carol") == []


@pytest.mark.parametrize(
    "report",
    [
        Revised("r", "alice", "an-older-session", {}, 9),
        Marked("r", "alice", "an-older-session", MemberState.GONE, 9),
        Promoted("r", "alice", "an-older-session", Role.MEMBER, 9),
        Departed("r", "alice", "an-older-session", LeaveReason.LOST, 9),
        Arrived("nowhere", FAR, 9),
        Departed("nowhere", "far", "s-far", LeaveReason.LOST, 9),
        LockSet("nowhere", True, "far", 9),
    ],
)
def test_late_news_of_somebody_else_is_passed_over(call, report):
    assert call.hub.receive_report(report) == []
    assert call.say("alice", "signal", id=1, room="r", to="bob", kind="bye")[0]["t"] == "ok"


def test_one_that_comes_late_and_finds_its_seat_taken_is_out_and_leaves_the_seat_alone(call):
    late = Session("s-late", "bob")
    late.rooms["r"] = Seat({})
    room = call.hub._state.rooms["r"]
    call.hub._news.seat(late, room, Copy(room.terms, dict(room.members), room.rev))
    assert late.rooms == {}
    assert room.here["bob"].sid == "bob"
