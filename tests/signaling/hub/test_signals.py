"""What members send each other through the hub, and what they ask of it."""

import pytest

from signaling.messages import Pong
from signaling.orders import Miss
from signaling.outputs import Deliver
from signaling.reports import Relayed

# --- signals ----------------------------------------------------------------------------------


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
    assert f'"data":{data},"seq"'.encode() in delivery.frame


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


def test_what_comes_for_a_session_that_is_not_known_here_is_missed_where_it_is(call):
    lost = call.hub.receive_report(Relayed("s-gone", Pong()))
    assert lost == [Miss(None, "s-gone")]
