"""Keys, locks, hosts: who may come in, who may put others out."""

import pytest

from signaling.gate import Admit, Admitted, OpenGate
from signaling.hub.rooms import key_digest


def test_a_room_with_a_key_opens_to_the_key_alone(world):
    world.member("alice")
    world.member("bob")
    world.say("alice", "join", room="r", key="secret")
    for wrong in ({}, {"key": "guess"}):
        assert world.say("bob", "join", id=1, room="r", **wrong)[0]["code"] == 403
    assert world.say("bob", "join", room="r", key="secret")[0]["t"] == "joined"


def test_the_same_key_stands_for_something_else_in_another_room():
    assert key_digest("r", "k") != key_digest("s", "k")
    assert "secret" not in key_digest("r", "secret")


def test_whoever_opens_a_room_may_make_it_smaller_and_no_larger(make_world):
    world = make_world(peers=2)
    for name in ("a", "b", "c"):
        world.member(name)
    assert world.say("a", "join", room="large", max=9)[0]["max"] == 2
    assert world.say("a", "join", room="small", max=1)[0]["max"] == 1
    assert world.say("b", "join", room="small", max=2)[0]["code"] == 417


def test_a_host_puts_a_member_out(call):
    call.member("dave", "r")
    assert call.say("alice", "kick", id=1, room="r", peer="bob", reason="loud")[0] == {
        "t": "ok",
        "id": 1,
    }
    assert call.take("bob") == [
        {"t": "removed", "room": "r", "reason": "kicked", "by": "alice", "msg": "loud"}
    ]
    assert call.take("dave")[0]["reason"] == "kicked"
    assert call.say("bob", "signal", room="r", to="dave", kind="offer")[0]["code"] == 404


def test_the_others_may_not(call):
    for t, more in (("kick", {"peer": "alice"}), ("lock", {})):
        assert call.say("bob", t, id=1, room="r", **more)[0]["code"] == 403
        assert call.say("carol", t, id=1, room="r", **more)[0]["code"] == 404
    assert call.take("alice") == []


@pytest.mark.parametrize("peer", ["alice", "nobody"])
def test_a_host_puts_out_others_that_are_there(call, peer):
    assert call.say("alice", "kick", room="r", peer=peer)[0]["code"] == 404


def test_a_locked_room_lets_nobody_in_until_it_is_unlocked(call):
    assert call.say("alice", "lock", id=1, room="r") == [{"t": "ok", "id": 1}]
    assert call.take("bob") == [
        {"t": "room.lock", "room": "r", "locked": True, "by": "alice", "rev": 3}
    ]
    call.member("dave")
    assert call.say("dave", "join", room="r")[0]["code"] == 423
    call.say("alice", "lock", room="r", locked=False)
    assert call.take("bob")[0]["locked"] is False
    assert call.say("dave", "join", room="r")[0]["t"] == "joined"


def test_joins_are_fewer_than_messages(make_world):
    world = make_world(joins=5, joins_burst=2)
    world.member("alice")
    codes = [world.say("alice", "join", room=f"r{number}")[0] for number in range(3)]
    assert [message["t"] for message in codes] == ["joined", "joined", "error"]
    assert (codes[-1]["code"], codes[-1]["retry_ms"]) == (429, 200)
    world.pass_time(0.2)
    assert world.say("alice", "join", room="r2")[0]["t"] == "joined"


class Pensive(OpenGate):
    """A gate that does not say who may join."""

    def __init__(self):
        self.asked = []

    def carry(self, order):
        if not isinstance(order, Admit):
            return super().carry(order)
        self.asked.append(order)
        return []


def test_a_join_that_the_gate_never_answers_is_refused_after_ten_seconds(world):
    gate = world.gate = Pensive()
    world.member("a")
    world.say("a", "join", id=1, room="r s")
    world.pass_time(5)
    world.say("a", "join", id=2, room="t")
    world.carry_out(world.hub.receive_gate_report(Admitted(gate.asked[1].sid, "t"), world.now))
    assert [message["t"] for message in world.take("a")] == ["joined"]
    world.pass_time(4.9)
    assert world.take("a") == []
    world.pass_time(0.1)
    (error,) = world.take("a")
    late = "nobody could say in time whether 'r s' may be joined"
    assert (error["id"], error["code"], error["msg"]) == (1, 503, late)
    assert error["retry_ms"] == 1000
    world.carry_out(world.hub.receive_gate_report(Admitted(gate.asked[0].sid, "r s"), world.now))
    assert world.take("a") == []
    world.gate = OpenGate()
    assert world.say("a", "join", id=3, room="r s")[0]["t"] == "joined"


def test_who_goes_while_the_gate_thinks_leaves_no_deadline_behind(world):
    world.gate = Pensive()
    world.member("a")
    world.say("a", "join", id=1, room="r")
    world.say("a", "bye")
    assert world.hub.next_deadline() is None
