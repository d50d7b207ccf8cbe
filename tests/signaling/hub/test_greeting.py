"""A client that comes back finds its session whole, or begins a new one."""

import pytest

from signaling.codes import CloseCode
from signaling.journal import Happening

CAPS = ["resume"]


def token_of(world, cid, **hello):
    world.connect(cid)
    (welcome,) = world.say(cid, "hello", **{"peer": cid, "caps": CAPS} | hello)
    return welcome["resume"]


@pytest.fixture
def pair(world):
    """Alice, who can come back, and Bob, both in room r; `pair.token` is Alice's."""
    world.token = token_of(world, "alice")
    world.say("alice", "join", room="r")
    world.member("bob", "r")
    return world


def come_back(world, cid, token, seq):
    world.connect(cid)
    return world.say(cid, "hello", peer="alice", caps=CAPS, resume={"token": token, "seq": seq})


def test_a_session_that_may_come_back_is_told_how(world):
    world.connect("a")
    (welcome,) = world.say("a", "hello", caps=CAPS)
    assert welcome["resume_s"] == 30.0
    assert welcome["caps"] == ["resume"]
    world.connect("b")
    assert "resume" not in world.say("b", "hello")[0]


def test_what_was_missed_follows_the_welcome_in_order(pair):
    pair.disconnect("alice")
    for number in range(3):
        pair.say("bob", "signal", room="r", to="alice", kind="custom", data=number)
    welcome, *missed = come_back(pair, "alice-2", pair.token, 2)
    assert (welcome["sid"], welcome["peer"]) == ("alice", "alice")
    assert (welcome["resumed"], welcome["replay"]) == (True, 3)
    assert [message["data"] for message in missed] == [0, 1, 2]
    assert pair.seqs["alice-2"] == 5


def test_the_others_hear_gone_and_back_and_no_leaving(pair):
    pair.disconnect("alice")
    assert pair.take("bob") == [
        {"t": "peer.gone", "room": "r", "peer": "alice", "grace_s": 30.0, "rev": 3}
    ]
    come_back(pair, "alice-2", pair.token, 2)
    assert pair.take("bob") == [{"t": "peer.back", "room": "r", "peer": "alice", "rev": 4}]


def test_who_does_not_come_back_in_time_is_lost(pair):
    pair.disconnect("alice")
    pair.pass_time(29.9)
    assert pair.take("bob")[-1]["t"] == "peer.gone"
    pair.pass_time(0.2)
    assert pair.take("bob")[0]["reason"] == "lost"
    (welcome,) = come_back(pair, "alice-2", pair.token, 2)
    assert (welcome.get("resumed"), welcome["sid"]) == (False, "alice-2")


@pytest.mark.parametrize("code", [1000, 1001])
def test_a_client_that_closes_for_good_is_not_waited_for(pair, code):
    pair.disconnect("alice", code)
    assert pair.take("bob")[0]["t"] == "peer.leave"


def test_a_client_that_cannot_come_back_is_not_waited_for(pair):
    pair.disconnect("bob")
    assert pair.take("alice")[-1]["t"] == "peer.leave"


def test_a_token_is_good_once_the_welcome_with_the_next_was_seen_to_arrive(pair):
    pair.disconnect("alice")
    come_back(pair, "alice-2", pair.token, 2)
    pair.disconnect("alice-2")
    assert come_back(pair, "alice-3", pair.token, 2)[0]["resumed"] is True
    pair.say("alice-3", "ping")
    pair.disconnect("alice-3")
    (welcome,) = come_back(pair, "alice-4", pair.token, 2)
    assert welcome["resumed"] is False


def test_an_old_token_takes_nothing_from_the_session(pair):
    pair.disconnect("alice")
    (welcome, *_) = come_back(pair, "alice-2", pair.token, 2)
    pair.say("alice-2", "ping")
    come_back(pair, "thief", pair.token, 2)
    assert "alice-2" not in pair.closed
    assert pair.say("thief", "join", room="r")[0]["code"] == 409
    pair.disconnect("alice-2")
    assert come_back(pair, "alice-3", welcome["resume"], 2)[0]["resumed"] is True


def test_a_token_for_a_session_that_is_connected_replaces_the_connection(pair):
    assert come_back(pair, "alice-2", pair.token, 2)[0]["resumed"] is True
    assert pair.closed["alice"].code == CloseCode.REPLACED
    assert pair.take("bob") == []
    pair.disconnect("alice")
    assert pair.say("alice-2", "ping") == [{"t": "pong"}]


@pytest.mark.parametrize("token", ["x", "AAAA", "é" * 9])
def test_a_false_token_begins_a_new_session(pair, token):
    (welcome,) = come_back(pair, "mallory", token, 0)
    assert (welcome["resumed"], welcome["sid"]) == (False, "mallory")
    assert "alice" not in pair.closed


@pytest.mark.parametrize("seq", [4, 1])
def test_a_number_that_is_not_in_the_ring_starts_again_and_takes_the_name(pair, seq):
    pair.say("alice", "ack", ack=2)
    (welcome,) = come_back(pair, "alice-2", pair.token, seq)
    assert (welcome["resumed"], welcome["peer"]) == (False, "alice")
    assert pair.take("bob")[0]["t"] == "peer.leave"
    assert pair.say("alice-2", "join", room="r")[0]["t"] == "joined"


def test_what_the_server_has_is_told_in_the_welcome_and_passed_over_when_it_comes_again(pair):
    for number in (1, 2):
        pair.say("alice", "signal", seq=number, room="r", to="bob", kind="custom", data=number)
    pair.disconnect("alice")
    (welcome, *_) = come_back(pair, "alice-2", pair.token, 2)
    assert welcome["ack"] == 2
    pair.take("bob")
    for number in (2, 3):
        pair.say("alice-2", "signal", seq=number, room="r", to="bob", kind="custom", data=number)
    assert [message["data"] for message in pair.take("bob")] == [3]


def test_what_is_said_before_the_welcome_waits_for_it(world):
    world.gate.carry = lambda asked: []
    world.connect("alice")
    world.say("alice", "hello", peer="alice")
    assert world.say("alice", "ping", id=1) == []
    for number in range(31):
        world.say("alice", "ping", id=number)
    assert world.say("alice", "ping")[0]["code"] == 429
    assert world.closed["alice"].code == CloseCode.RATE_LIMITED


def test_a_gate_that_says_nothing_ends_in_503(world):
    world.gate.carry = lambda asked: []
    world.connect("alice")
    world.say("alice", "hello")
    world.pass_time(10)
    (error,) = world.take("alice")
    assert (error["code"], error["retry_ms"]) == (503, 1000)
    assert world.closed["alice"].code == CloseCode.UNAVAILABLE


def test_a_full_node_welcomes_nobody(make_world):
    world = make_world(sessions=1)
    world.member("alice")
    world.connect("bob")
    assert world.say("bob", "hello")[0]["code"] == 503
    assert world.closed["bob"].code == CloseCode.UNAVAILABLE


def test_what_happens_to_a_session_is_noted(pair):
    pair.disconnect("alice")
    come_back(pair, "alice-2", pair.token, 2)
    pair.say("alice-2", "bye")
    happened = [noted.happening for noted in pair.noted if noted.sid == "alice"]
    assert happened == [
        Happening.SESSION_OPENED,
        Happening.ROOM_OPENED,
        Happening.PEER_JOINED,
        Happening.SESSION_GONE,
        Happening.SESSION_RESUMED,
        Happening.PEER_LEFT,
        Happening.SESSION_ENDED,
    ]
