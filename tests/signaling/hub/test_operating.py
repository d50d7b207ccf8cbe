"""What an operator sees of a hub, and does to its rooms."""

from dataclasses import replace

import pytest

from signaling.hub.operating import close_room, put_out
from signaling.messages import MemberState
from signaling.settings import Limits


def test_rooms_are_seen_with_members_in_the_order_in_which_they_came(call):
    operating = call.hub.operating
    assert [room.name for room in operating.rooms()] == ["other", "r"]
    assert [member.peer for member in operating.room("r").members] == ["alice", "bob"]
    assert operating.room("nowhere") is None


def test_sessions_are_seen_with_their_rooms_and_whether_they_are_here(make_world):
    world = make_world()
    world.member("bob", "r", caps=["resume"], client={"name": "test"})
    world.member("alice")
    world.disconnect("bob")
    alice, bob = world.hub.operating.sessions()
    assert (alice.peer, alice.state, alice.address) == ("alice", MemberState.HERE, "198.51.100.7")
    assert (bob.peer, bob.state, bob.rooms) == ("bob", MemberState.GONE, ("r",))
    assert bob.address == ""


def test_a_member_that_is_put_out_is_told_why_and_the_others_that_it_went(call):
    order = put_out(call.hub.operating.room("r"), "bob", "spam", heir=True)
    call.carry_out([order])
    assert call.take("bob") == [{"t": "removed", "room": "r", "reason": "kicked", "msg": "spam"}]
    assert call.take("alice")[0] == {
        "t": "peer.leave", "room": "r", "peer": "bob", "reason": "kicked", "rev": 3
    }  # fmt: skip
    assert put_out(call.hub.operating.room("r"), "bob", "spam", heir=True) is None


@pytest.mark.parametrize("topology", ["mesh", "star"])
def test_a_room_that_is_closed_is_gone_and_nobody_becomes_host_on_the_way(make_world, topology):
    world = make_world()
    names = ("a", "b", "c")
    for name in names:
        world.member(name)
        world.say(name, "join", room="r", topology=topology)
        world.take(name)
    for name in names:
        world.take(name)
    world.carry_out(list(close_room(world.hub.operating.room("r"), "late")))
    for name in names:
        *left, removed = world.take(name)
        assert {one["t"] for one in left} <= {"peer.leave"}
        assert (removed["reason"], removed["msg"]) == ("closed", "late")
    assert world.hub.rooms == 0
    assert world.backplane.rooms == 0


def test_other_limits_hold_from_the_next_message_on(make_world):
    world = make_world()
    world.member("alice", "one")
    world.hub.operating.change_limits(replace(Limits(), rooms=1))
    assert world.say("alice", "join", id=1, room="two")[0]["code"] == 403
