"""The rules of sessions and rooms, one by one, with a clock that is moved by hand."""

import json

import pytest

from signaling.backplane import Arrived, Entered, Exit, Member, Relay, Relayed
from signaling.codes import CloseCode, ErrorCode
from signaling.messages import Forwarded, LeaveReason, Pong, SignalKind
from signaling.outputs import Deliver

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
    }


def test_the_newcomer_is_the_polite_one_and_both_sides_are_told(world):
    world.member("alice", "r", meta={"n": 1})
    world.member("bob", meta={"n": 2})
    (joined,) = world.say("bob", "join", room="r")
    assert joined["peers"] == [{"peer": "alice", "polite": False, "meta": {"n": 1}}]
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
    world.member("alice", "r")
    assert world.backplane.rooms == 1
    world.disconnect("alice")
    assert world.backplane.rooms == 0


def test_a_session_that_is_gone_before_it_is_let_in_is_taken_out_again(world):
    member = Member("alice", "s1", "local", {})
    entered = Entered("r", member, (), 1, 16, None)
    assert world.hub.receive_report(entered) == [Exit("r", "alice", "s1", LeaveReason.LOST)]


# --- signals ----------------------------------------------------------------------------------


@pytest.fixture
def call(world):
    """Alice and Bob in room r, Carol in a room of her own."""
    world.member("alice", "r")
    world.member("bob", "r")
    world.member("carol", "other")
    return world


def test_a_signal_reaches_the_member_it_is_for_and_nobody_else(call):
    call.member("dave", "r")
    answer = call.say(
        "alice", "signal", id=4, room="r", to="bob", kind="offer", pc="p1", mid="m1", data={"a": 1}
    )
    assert answer == [{"t": "ok", "id": 4}]
    assert call.take("bob") == [
        {
            "t": "signal",
            "room": "r",
            "from": "alice",
            "kind": "offer",
            "pc": "p1",
            "mid": "m1",
            "data": {"a": 1},
        }
    ]
    assert call.take("carol") == call.take("dave") == []


def test_a_signal_without_an_id_gets_no_answer(call):
    assert call.say("alice", "signal", room="r", to="bob", kind="bye") == []
    assert call.take("bob")[0]["data"] is None


def test_nobody_can_sign_a_signal_with_another_name(call):
    call.say("alice", "signal", room="r", to="bob", kind="offer", **{"from": "carol"})
    assert call.take("bob")[0]["from"] == "alice"


def test_a_signal_to_an_unknown_name_is_undelivered(call):
    answer = call.say("alice", "signal", id=6, room="r", to="nobody", kind="offer", pc="p", mid="m")
    assert answer == [
        {
            "t": "undelivered",
            "id": 6,
            "room": "r",
            "to": "nobody",
            "reason": "unknown_peer",
            "pc": "p",
            "mid": "m",
        }
    ]


def test_a_signal_that_was_undelivered_may_be_sent_again_under_its_id(call):
    signal = {"room": "r", "to": "dave", "kind": "offer", "mid": "m"}
    assert call.say("alice", "signal", **signal)[0]["t"] == "undelivered"
    call.member("dave", "r")
    call.say("alice", "signal", **signal)
    assert len(call.take("dave")) == 1


def test_a_signal_to_oneself_is_undelivered(call):
    assert call.say("alice", "signal", room="r", to="alice", kind="offer")[0]["t"] == "undelivered"


@pytest.mark.parametrize("room", ["other", "nowhere"])
def test_a_signal_into_a_room_one_is_not_in_is_404_whether_it_exists_or_not(call, room):
    (error,) = call.say("alice", "signal", id=1, room=room, to="carol", kind="offer")
    assert (error["code"], error["fatal"]) == (404, False)
    assert error["msg"] == f"not a member of {room!r}"
    assert call.take("carol") == []


def test_who_has_left_gets_no_signals_from_the_room(call):
    call.say("bob", "leave", room="r")
    assert call.say("alice", "signal", room="r", to="bob", kind="offer")[-1]["t"] == "undelivered"
    assert call.take("bob") == []


def test_a_signal_sent_twice_under_one_id_arrives_once(call):
    for _ in range(2):
        answer = call.say("alice", "signal", id=1, room="r", to="bob", kind="offer", mid="m")
        assert answer == [{"t": "ok", "id": 1}]
    assert len(call.take("bob")) == 1
    assert call.hub.counters.signals_repeated == 1


def test_the_ids_of_two_members_do_not_meet(call):
    call.say("alice", "signal", room="r", to="bob", kind="offer", mid="m")
    assert len(call.take("bob")) == 1
    call.say("bob", "signal", room="r", to="alice", kind="answer", mid="m")
    assert len(call.take("alice")) == 1


def test_data_is_carried_to_the_byte(call):
    data = '{"b":1.50,"a":[1e400,"\\u00e9"], "b":2}'
    call.hub.receive_frame(
        "alice", '{"t":"signal","room":"r","to":"bob","kind":"custom","data":1}', call.now
    )
    frame = '{"t":"signal","room":"r","to":"bob","kind":"custom","data":' + data + "}"
    (delivery,) = call.hub.receive_frame("alice", frame, call.now)
    assert isinstance(delivery, Deliver)
    assert isinstance(delivery.message, Forwarded)
    assert bytes(delivery.message.data).decode() == data


def test_the_signals_of_one_member_arrive_in_the_order_of_sending(call):
    for number in range(50):
        call.say("alice", "signal", room="r", to="bob", kind="candidates", data=number)
    assert [message["data"] for message in call.take("bob")] == list(range(50))


# --- metadata, ice, ping ----------------------------------------------------------------------


def test_state_replaces_keys_takes_away_nulls_and_tells_the_others(call):
    call.say("alice", "state", room="r", meta={"mic": True, "cam": True})
    call.take("bob")
    assert call.say("alice", "state", id=3, room="r", meta={"cam": None, "x": 1}) == [
        {"t": "ok", "id": 3}
    ]
    assert call.take("bob") == [
        {"t": "peer.state", "room": "r", "peer": "alice", "meta": {"mic": True, "x": 1}, "rev": 4}
    ]
    assert call.take("carol") == []


def test_a_later_newcomer_sees_the_changed_metadata(call):
    call.say("alice", "state", room="r", meta={"mic": True})
    call.member("dave")
    peers = call.say("dave", "join", room="r")[0]["peers"]
    assert {peer["peer"]: peer.get("meta", {}) for peer in peers} == {
        "alice": {"mic": True},
        "bob": {},
    }


def test_state_that_grows_too_big_is_refused_and_changes_nothing(call):
    call.say("alice", "state", room="r", meta={"a": "x" * 600})
    call.take("bob")
    assert call.say("alice", "state", room="r", meta={"b": "x" * 600})[0]["code"] == 413
    assert call.take("bob") == []


def test_state_of_a_room_one_is_not_in_is_404(call):
    assert call.say("alice", "state", room="other", meta={})[0]["code"] == 404


def test_ice_servers_are_given_on_request(world):
    world.member("alice")
    assert world.say("alice", "ice", id=8) == [
        {"t": "ice", "id": 8, "ice": [{"urls": ["stun:198.51.100.1:3478"]}], "ice_ttl_s": 14400}
    ]


def test_ping_is_answered_with_pong(world):
    world.member("alice")
    assert world.say("alice", "ping", id=1) == [{"t": "pong", "id": 1}]
    assert world.say("alice", "ping") == [{"t": "pong"}]


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "nonsense",
        "{",
        "null",
        "7",
        "{}",
        '{"t":"nonsense"}',
        '{"t":["join"]}',
        '{"t":"join"}',
        '{"t":"join","room":7}',
        '{"t":"join","room":""}',
        '{"t":"join","room":"a\\u0007b"}',
        '{"t":"join","room":"r","id":-1}',
        '{"t":"join","room":"r","id":4294967296}',
        '{"t":"signal","room":"r","to":"bob","kind":"shout"}',
        '{"t":"signal","room":"r","to":"bob","kind":"offer","mid":"' + "m" * 25 + '"}',
        '{"t":"welcome","sid":"x"}',
        "[" * 10000,
        b'{"t":"ping"}',
    ],
)
def test_a_bad_message_is_refused_and_disturbs_nothing(call, frame):
    (error,) = call.send("alice", frame)
    assert (error["t"], error["code"], error["name"]) == ("error", 400, "bad_message")
    assert error["fatal"] is False
    assert error["msg"]
    assert call.take("bob") == call.take("carol") == []
    assert call.say("alice", "ping") == [{"t": "pong"}]


def test_a_refusal_bears_the_id_of_the_bad_request(call):
    assert call.say("alice", "join", id=77, room=5)[0]["id"] == 77


def test_unknown_fields_are_ignored(call):
    assert call.say("alice", "ping", id=1, colour="blue") == [{"t": "pong", "id": 1}]


def test_a_frame_above_the_limit_is_refused_and_ends_the_session_with_4413(call):
    (error,) = call.say("alice", "signal", room="r", to="bob", kind="custom", data="x" * 65536)
    assert (error["code"], error["fatal"]) == (413, True)
    assert call.closed["alice"].code == CloseCode.TOO_BIG
    assert call.take("bob") == [
        {"t": "peer.leave", "room": "r", "peer": "alice", "reason": "closed", "rev": 3}
    ]


def test_a_frame_of_exactly_the_limit_is_taken(call):
    frame = json.dumps({"t": "signal", "room": "r", "to": "bob", "kind": "custom", "data": ""})
    call.send("alice", frame[:-2] + "x" * (65536 - len(frame)) + '"}')
    assert len(call.take("bob")[0]["data"]) == 65536 - len(frame)


def test_the_limit_counts_bytes_and_not_characters(call):
    frame = '{"t":"signal","room":"r","to":"bob","kind":"custom","data":"' + "é" * 33000 + '"}'
    assert len(frame) < 65536
    call.send("alice", frame)
    assert call.closed["alice"].code == CloseCode.TOO_BIG


def test_several_messages_may_come_in_one_frame(call):
    batch = [{"t": "ping", "id": 1}, {"t": "leave", "room": "r", "id": 2}, {"t": "ping", "id": 3}]
    answers = call.send("alice", " " + json.dumps(batch))
    assert [(answer["t"], answer["id"]) for answer in answers] == [
        ("pong", 1),
        ("ok", 2),
        ("pong", 3),
    ]


def test_one_bad_message_in_a_frame_refuses_the_frame(call):
    (error,) = call.send("alice", '[{"t":"leave","room":"r"},{"t":"nonsense"}]')
    assert error["code"] == 400
    assert call.take("bob") == []


def test_what_comes_after_bye_in_one_frame_is_not_obeyed(call):
    call.send("alice", '[{"t":"bye"},{"t":"join","room":"other"}]')
    assert call.take("carol") == []


def test_frames_of_a_session_that_is_closed_are_not_obeyed(call):
    call.say("alice", "bye")
    call.take("bob")
    assert call.say("alice", "signal", room="r", to="bob", kind="offer") == []
    assert call.take("bob") == []


# --- too much ---------------------------------------------------------------------------------


def test_a_burst_is_taken_and_what_follows_is_refused_for_now(make_world):
    world = make_world(burst=10, rate=20)
    world.member("alice")
    answers = [world.say("alice", "ping", id=number)[0] for number in range(10)]
    assert [answer["t"] for answer in answers] == ["pong"] * 9 + ["error"]
    assert (answers[-1]["code"], answers[-1]["id"]) == (429, 9)
    assert answers[-1]["fatal"] is False
    assert answers[-1]["retry_ms"] == 50


def test_after_the_announced_pause_a_message_is_taken(make_world):
    world = make_world(burst=2, rate=20)
    world.member("alice")
    world.say("alice", "ping")
    (refused,) = world.say("alice", "ping")
    world.pass_time(refused["retry_ms"] / 1000)
    assert world.say("alice", "ping") == [{"t": "pong"}]


def test_bad_messages_count_too(make_world):
    world = make_world(burst=3)
    world.member("alice")
    codes = [world.send("alice", "nonsense")[0]["code"] for _ in range(3)]
    assert codes == [400, 400, 429]


def test_the_messages_of_one_frame_count_one_by_one(make_world):
    world = make_world(burst=3)
    world.member("alice")
    answers = world.send("alice", json.dumps([{"t": "ping"}] * 4))
    assert [answer["t"] for answer in answers] == ["pong", "pong", "error", "error"]


def test_who_goes_on_regardless_is_closed_with_4529(make_world):
    world = make_world(burst=5)
    world.member("alice")
    for _ in range(9):
        world.say("alice", "ping")
    assert "alice" not in world.closed
    assert world.say("alice", "ping")[0]["fatal"] is True
    assert world.closed["alice"].code == CloseCode.RATE_LIMITED


def test_one_who_is_refused_for_now_takes_nothing_from_another(make_world):
    world = make_world(burst=5)
    world.member("alice", "r")
    world.member("bob", "r")
    for _ in range(8):
        world.say("alice", "ping")
    assert world.say("bob", "ping") == [{"t": "pong"}]


def test_a_slow_reader_is_closed_with_4508_and_its_room_and_sender_are_told(call):
    call.member("dave", "r")
    call.stuck.add("bob")
    call.say("alice", "signal", room="r", to="bob", kind="offer", pc="p", mid="m")
    assert call.closed["bob"].code == CloseCode.SLOW_CONSUMER
    assert call.take("dave") == [
        {"t": "peer.leave", "room": "r", "peer": "bob", "reason": "slow", "rev": 4}
    ]


def test_the_sender_learns_that_its_signal_met_a_full_outbox(call):
    call.stuck.add("bob")
    heard = call.say("alice", "signal", room="r", to="bob", kind="offer", pc="p", mid="m")
    assert {"undelivered", "peer.leave"} == {message["t"] for message in heard}
    undelivered = next(message for message in heard if message["t"] == "undelivered")
    assert (undelivered["to"], undelivered["reason"]) == ("bob", "slow")
    assert (undelivered["pc"], undelivered["mid"]) == ("p", "m")


def test_two_slow_readers_in_one_room_are_both_closed(call):
    call.member("dave", "r")
    call.stuck |= {"bob", "dave"}
    heard = call.say("alice", "state", room="r", meta={"x": 1})
    assert {"bob", "dave"} == set(call.closed)
    assert {message["peer"] for message in heard} == {"bob", "dave"}


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
    world.member("alice")
    assert world.hub.receive_report(Relayed("alice", Pong())) == [Deliver("alice", Pong())]


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
