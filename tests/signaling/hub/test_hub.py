"""The rules of sessions and rooms, one by one, with a clock that is moved by hand."""

import pytest
from msgspec import Raw

from signaling.codes import CloseCode, ErrorCode
from signaling.messages import Forwarded, LeaveReason, SignalKind
from signaling.orders import Exit, Member, Relay, Terms
from signaling.outputs import Deliver
from signaling.reports import Arrived, Entered, Missed, Relayed

# --- hello ------------------------------------------------------------------------------------


def test_the_first_frame_is_the_welcome_and_answers_hello(world):
    world.connect("s1")
    (welcome,) = world.say("s1", "hello", id=7, peer="alice")
    assert welcome["t"] == "welcome"
    assert welcome["id"] == 7
    assert welcome["sid"] == "s1"
    assert welcome["peer"] == "alice"
    assert welcome["resumed"] is False
    assert welcome["ping_ms"] == 20000
    assert welcome["ice"] == [{"urls": ["stun:198.51.100.1:3478"]}]
    assert welcome["limits"] == {
        "msg": 65536,
        "rate": 20.0,
        "burst": 100,
        "rooms": 8,
        "peers": 16,
        "meta": 1024,
    }


def test_a_member_without_a_name_is_called_after_its_session(world):
    world.connect("s1")
    assert world.say("s1", "hello")[0]["peer"] == "s1"


def test_anything_but_hello_first_ends_the_session_with_4400(world):
    world.connect("s1")
    (error,) = world.say("s1", "join", id=3, room="r")
    assert (error["id"], error["code"], error["fatal"]) == (3, 400, True)
    assert world.closed["s1"].code == CloseCode.BAD_MESSAGE


@pytest.mark.parametrize("frame", ["", "{", "[]x", '{"t":"nonsense"}', b"\x00", '{"t":1}'])
def test_garbage_before_the_welcome_ends_the_session_with_4400(world, frame):
    world.connect("s1")
    (error,) = world.send("s1", frame)
    assert (error["t"], error["code"], error["fatal"]) == ("error", 400, True)
    assert world.closed["s1"].code == CloseCode.BAD_MESSAGE


def test_a_session_that_says_no_hello_in_five_seconds_is_closed_with_4408(world):
    world.connect("early")
    world.now += 1
    world.connect("late")
    assert world.hub.next_deadline() == 1005.0
    world.pass_time(4)
    assert world.closed["early"].code == CloseCode.HELLO_TIMEOUT
    assert world.take("early")[0]["name"] == "hello_timeout"
    assert "late" not in world.closed
    assert world.hub.next_deadline() == 1006.0


def test_after_the_welcome_there_is_no_deadline(world):
    world.member("alice")
    assert world.hub.next_deadline() is None
    world.pass_time(100)
    assert world.closed == {}


def test_a_second_hello_is_a_conflict_and_nothing_else(world):
    world.member("alice")
    (error,) = world.say("alice", "hello", id=1, peer="mallory")
    assert (error["code"], error["fatal"]) == (409, False)
    assert "alice" not in world.closed


def test_hello_with_too_much_metadata_is_closed_with_4413(world):
    world.connect("s1")
    (error,) = world.say("s1", "hello", meta={"k": "x" * 1024})
    assert (error["code"], error["fatal"]) == (413, True)
    assert world.closed["s1"].code == CloseCode.TOO_BIG


# --- rooms ------------------------------------------------------------------------------------


def test_the_first_member_finds_an_empty_room(world):
    world.member("alice")
    (joined,) = world.say("alice", "join", id=2, room="r")
    assert joined == {
        "t": "joined",
        "id": 2,
        "room": "r",
        "you": "alice",
        "max": 16,
        "rev": 1,
        "peers": [],
        "ice": [{"urls": ["stun:198.51.100.1:3478"]}],
        "role": "host",
    }


def test_the_newcomer_is_the_polite_one_and_both_sides_are_told(world):
    world.member("alice", "r", meta={"n": 1})
    world.member("bob", meta={"n": 2})
    (joined,) = world.say("bob", "join", room="r")
    assert joined["peers"] == [{"peer": "alice", "polite": False, "meta": {"n": 1}, "role": "host"}]
    assert world.take("alice") == [
        {"t": "peer.join", "room": "r", "peer": "bob", "polite": True, "rev": 2, "meta": {"n": 2}}
    ]


def test_the_metadata_of_join_takes_the_place_of_that_of_hello(world):
    world.member("alice", "r")
    world.member("bob", meta={"n": 2})
    world.say("bob", "join", room="r", meta={"other": 3})
    assert world.take("alice")[0]["meta"] == {"other": 3}


def test_the_seventeenth_member_finds_the_room_full(world):
    for number in range(16):
        world.member(f"m{number}", "r")
    world.member("late")
    (error,) = world.say("late", "join", id=9, room="r")
    assert (error["id"], error["code"], error["name"]) == (9, 417, "room_full")
    assert error["fatal"] is False
    assert world.say("late", "join", room="other")[0]["t"] == "joined"


def test_a_place_that_was_left_can_be_taken(make_world):
    world = make_world(peers=1)
    world.member("alice", "r")
    world.say("alice", "leave", room="r")
    world.member("bob")
    assert world.say("bob", "join", room="r")[0]["t"] == "joined"


def test_joining_a_room_twice_is_a_conflict(world):
    world.member("alice", "r")
    assert world.say("alice", "join", id=1, room="r")[0]["code"] == 409
    assert world.say("alice", "leave", id=2, room="r") == [{"t": "ok", "id": 2}]


def test_a_name_that_another_member_bears_is_a_conflict(world):
    world.member("alice", "r")
    world.member("s2", peer="alice")
    assert world.say("s2", "join", room="r")[0]["code"] == 409
    assert world.take("alice") == []


def test_the_same_name_in_another_room_is_somebody_else(world):
    world.member("alice", "r")
    world.member("s2", peer="alice")
    assert world.say("s2", "join", room="other")[0]["t"] == "joined"


def test_a_session_may_be_in_eight_rooms(world):
    world.member("alice", *(f"r{number}" for number in range(8)))
    (error,) = world.say("alice", "join", room="r8")
    assert (error["code"], error["fatal"]) == (403, False)


def test_joining_with_too_much_metadata_is_refused_and_joins_nothing(world):
    world.member("alice")
    assert world.say("alice", "join", room="r", meta={"k": "x" * 1024})[0]["code"] == 413
    assert world.say("alice", "leave", room="r")[0]["code"] == 404
    assert "alice" not in world.closed


def test_who_leaves_is_reported_to_those_who_stay(world):
    world.member("alice", "r")
    world.member("bob", "r")
    assert world.say("bob", "leave", id=5, room="r") == [{"t": "ok", "id": 5}]
    assert world.take("alice") == [
        {"t": "peer.leave", "room": "r", "peer": "bob", "reason": "left", "rev": 3}
    ]


def test_leaving_a_room_that_one_is_not_in_is_404(world):
    world.member("alice", "r")
    world.member("bob")
    assert world.say("bob", "leave", room="r")[0]["code"] == 404
    assert world.take("alice") == []


def test_a_lost_connection_leaves_every_room(world):
    world.member("alice", "r1", "r2")
    world.member("bob", "r1", "r2")
    world.disconnect("bob")
    assert [(m["room"], m["peer"], m["reason"]) for m in world.take("alice")] == [
        ("r1", "bob", "lost"),
        ("r2", "bob", "lost"),
    ]


def test_bye_is_answered_closes_with_1000_and_leaves_every_room(world):
    world.member("alice", "r")
    world.member("bob", "r")
    assert world.say("bob", "bye", id=1) == [{"t": "ok", "id": 1}]
    assert world.closed["bob"].code == CloseCode.NORMAL
    assert world.take("alice")[0]["reason"] == "bye"


def test_an_empty_room_is_forgotten(world):
    world.member("alice", "r", "s")
    assert world.backplane.rooms == world.hub.rooms == 2
    world.say("alice", "leave", room="r")
    assert world.backplane.rooms == world.hub.rooms == 1
    world.disconnect("alice")
    assert world.backplane.rooms == world.hub.rooms == 0


def test_a_session_that_is_gone_before_it_is_let_in_is_taken_out_again(world):
    member = Member("alice", "s1", "local", {})
    entered = Entered("r", member, (), Terms(16), 1, None)
    assert world.hub.receive_report(entered) == [Exit("r", "alice", "s1", LeaveReason.LOST)]


# --- going away -------------------------------------------------------------------------------


def test_draining_tells_everybody_to_come_back_at_different_times(world):
    for number in range(4):
        world.member(f"m{number}")
    world.connect("greeting")
    world.carry_out(world.hub.drain(1.5))
    heard = [world.take(f"m{number}")[0] for number in range(4)]
    assert {message["t"] for message in heard} == {"go_away"}
    assert {message["deadline_ms"] for message in heard} == {1500}
    assert [message["after_ms"] for message in heard] == [0, 500, 1000, 1500]
    assert world.take("greeting") == []


def test_where_there_are_other_nodes_sessions_that_are_kept_are_sent_there_in_half_the_notice(
    world,
):
    for name, caps in (("kept", ["resume"]), ("plain", []), ("too", ["resume"])):
        world.member(name, caps=caps)
    world.carry_out(world.hub.drain(1.5, move=True))
    heard = {name: world.take(name)[0] for name in ("kept", "plain", "too")}
    assert [message.get("move") for message in heard.values()] == [True, None, True]
    assert [message["after_ms"] for message in heard.values()] == [0, 250, 500]


def test_a_draining_server_goes_on_routing_but_welcomes_nobody(call):
    call.connect("late")
    call.carry_out(call.hub.drain(1.0))
    call.take("bob")
    call.say("alice", "signal", room="r", to="bob", kind="offer")
    assert call.take("bob")[0]["t"] == "signal"
    assert call.say("late", "hello")[0]["code"] == 503
    assert call.closed["late"].code == CloseCode.UNAVAILABLE


# --- other nodes ------------------------------------------------------------------------------


def test_a_signal_to_a_member_on_another_node_is_an_order_to_relay(world):
    world.member("alice", "r")
    far = Member("zoe", "s-far", "node-2", {})
    assert len(world.hub.receive_report(Arrived("r", far, 2))) == 1
    frame = '{"t":"signal","room":"r","to":"zoe","kind":"offer","data":[]}'
    (order,) = world.hub.receive_frame("alice", frame, world.now)
    assert isinstance(order, Relay)
    assert (order.node, order.sid) == ("node-2", "s-far")
    assert isinstance(order.message, Forwarded)
    assert order.message.kind is SignalKind.OFFER


def test_a_message_relayed_from_another_node_is_delivered(world):
    world.member("alice", "r")
    signal = Forwarded(room="r", sender="zoe", kind=SignalKind.OFFER, data=Raw(b"1"))
    (delivery,) = world.hub.receive_report(Relayed("alice", signal))
    assert delivery == Deliver(
        "alice", b'{"t":"signal","room":"r","from":"zoe","kind":"offer","data":1,"seq":2}'
    )


# --- counting ---------------------------------------------------------------------------------


def test_everything_is_counted(call):
    call.say("alice", "signal", room="r", to="bob", kind="offer")
    call.say("alice", "signal", room="r", to="nobody", kind="offer")
    call.send("alice", "nonsense")
    call.say("bob", "leave", room="r")
    call.disconnect("carol")
    call.say("bob", "bye")
    counters = call.hub.counters
    assert (counters.sessions_opened, counters.sessions_closed, counters.sessions) == (3, 2, 1)
    assert (counters.joins, counters.leaves) == (3, 1)
    assert (counters.signals_delivered, counters.signals_undelivered) == (1, 1)
    assert counters.errors[ErrorCode.BAD_MESSAGE] == 1
    assert counters.closes[CloseCode.NORMAL] == 1
    assert counters.frames_received == 3 + 3 + 3 + 1 + 1


def test_a_session_that_missed_a_message_between_nodes_starts_again(call):
    for sid in ("nobody", "alice"):
        call.carry_out(call.hub.receive_report(Missed(sid), call.now))
    assert call.closed["alice"].code == CloseCode.UNAVAILABLE
    assert [message["t"] for message in call.take("bob")] == ["peer.leave", "peer.role"]
