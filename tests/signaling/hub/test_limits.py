"""Bad input and too much input: refused to whoever sent it, and nobody else notices."""

import json

import pytest

from signaling.codes import CloseCode

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
    assert call.take("bob")[0] == {
        "t": "peer.leave",
        "room": "r",
        "peer": "alice",
        "reason": "closed",
        "rev": 3,
    }


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


def test_one_who_heeds_the_refusals_now_and_then_is_not_closed(make_world):
    world = make_world(burst=5, rate=1)
    world.member("alice")
    for _ in range(10):
        for _ in range(4):
            world.say("alice", "ping")
        world.pass_time(1)
    assert "alice" not in world.closed


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
