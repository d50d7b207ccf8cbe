"""The client's core and its connections: when one is given up, and when and where the next is tried."""

import json

import pytest

from signaling.errors import ConnectionLostError
from signaling.events import (
    Closed,
    Disconnected,
    PeerLeft,
    Reconnected,
    ServerLeaving,
)
from signaling.messages import (
    State,
)
from signaling.outputs import Close
from signaling.steady.plan import Plan, Stage, Steadiness

URLS = ("ws://one/v1/ws",)


def test_a_silent_server_is_asked_and_then_given_up_within_its_ping_time(pair):
    cables, alice, _ = pair
    cables.is_listening = False
    lost_cid = alice.cid
    cables.pass_time(10.0)
    assert b'"t":"ping"' in alice.up[-1]
    assert alice.cid == lost_cid
    cables.pass_time(10.0)
    assert alice.cid is None
    assert alice.of(Disconnected)[0].reason == "the server does not answer any more"


def test_a_server_in_doubt_has_a_second_and_a_half(pair):
    cables, alice, _ = pair
    cables.do(alice, alice.core.probe(cables.now))
    cables.settle()
    cables.pass_time(5)
    assert alice.of(Disconnected) == []
    cables.do(alice, alice.core.probe(cables.now))
    cables.pass_time(1.5)
    assert len(alice.of(Disconnected)) == 1
    cables.settle()
    assert alice.of(Reconnected) == [Reconnected(resumed=True)]


def test_a_connection_left_for_another_is_replaced_though_the_server_holds_the_old_one(pair):
    cables, alice, bob = pair
    cables.do(alice, alice.core.reconnect(cables.now))
    cables.dead.clear()  # the server does not hear of it
    cables.settle()
    assert alice.of(Reconnected) == [Reconnected(resumed=True)]
    assert bob.of(PeerLeft) == []


@pytest.mark.parametrize("code", [1000, 4400, 4403, 4409, 4413])
def test_a_close_for_good_is_obeyed(pair, code):
    cables, alice, _ = pair
    request = cables.ask(alice, State(room="r", meta={}))
    alice.down.append(Close(alice.cid, code, "away with you"))
    cables.deliver_down(alice)
    assert alice.events[-1] == Closed(
        code, alice.events[-1].name, "away with you", alice.events[-1].verdict
    )
    assert [type(each) for each in alice.answers[request]] == [ConnectionLostError]
    assert alice.core.stage is Stage.OVER
    assert alice.core.next_deadline() is None


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1012, 1013, 4408, 4503, 4508, 4529])
def test_after_any_other_close_it_comes_back(pair, code):
    cables, alice, _ = pair
    alice.down.append(Close(alice.cid, code, ""))
    cables.deliver_down(alice)
    assert alice.core.stage is Stage.OPENING


def test_a_client_that_is_not_to_be_steady_ends_with_its_connection(cables):
    alice = cables.add("alice", Plan(URLS, steadiness=Steadiness.END))
    cables.settle()
    assert alice.core.welcome.resume is None
    cables.cut(alice)
    assert [type(event) for event in alice.events] == [Closed]


def test_patience_has_an_end_if_the_user_wants_it(cables):
    alice = cables.add("alice", Plan(URLS, patience=12.0))
    cables.settle()
    cables.is_listening = False
    cables.cut(alice)
    cables.pass_time(11.9)
    assert alice.over == []
    cables.pass_time(0.2)
    assert [type(event) for event in alice.events] == [Disconnected, Closed]
    assert "no connection for 12 s" in alice.events[-1].reason


def test_the_first_connection_fails_for_the_first_reason_and_is_not_tried_again(cables):
    cables.is_listening = False
    alice = cables.add("alice")
    error = ConnectionLostError(1006, "no")
    cables.do(alice, alice.core.receive_unreachable(error, cables.now))
    assert alice.over == [error]


def test_several_addresses_are_tried_in_turn(cables):
    urls = ("ws://one", "ws://two", "ws://three")
    alice = cables.add("alice", Plan(urls, peer="alice"))
    cables.do(alice, alice.core.receive_unreachable(ConnectionLostError(1006, "no"), cables.now))
    cables.settle()
    assert alice.opened == ["ws://one", "ws://two"]
    cables.is_listening = False
    cables.cut(alice)
    for _ in range(3):
        cables.do(
            alice, alice.core.receive_unreachable(ConnectionLostError(1006, "no"), cables.now)
        )
    assert alice.opened[2:] == ["ws://two", "ws://three", "ws://one"]
    cables.pass_time(1.0)
    assert alice.opened[5:] == ["ws://two"]


def test_a_server_that_goes_away_is_left_when_it_has_closed_and_for_as_long_as_it_says(pair):
    cables, alice, _ = pair
    frame = b'{"t":"go_away","deadline_ms":1000,"after_ms":2500}'
    alice.down.append(frame)
    cables.deliver_down(alice)
    assert alice.of(ServerLeaving) == [ServerLeaving(1.0, 2.5)]
    cables.pass_time(1.0)
    cables.settle()
    assert alice.core.is_up
    alice.down.append(Close(alice.cid, 1012, ""))
    cables.deliver_down(alice)
    assert alice.core.stage is Stage.PAUSING
    cables.pass_time(2.4)
    assert alice.core.stage is Stage.PAUSING
    cables.pass_time(0.1)
    cables.settle()
    assert alice.of(Reconnected) == [Reconnected(resumed=True)]


@pytest.mark.parametrize(
    ("own", "named", "goes_to"),
    [
        ("ws://one", "ws://two", "ws://two"),
        ("wss://one", "wss://two", "wss://two"),
        ("wss://one", "ws://two", "wss://one"),
        ("ws://one", "http://two", "ws://one"),
    ],
)
def test_a_server_that_names_another_is_left_in_time_unless_that_is_less_safe(
    cables, own, named, goes_to
):
    alice = cables.add("alice", Plan((own,), peer="alice"))
    cables.settle()
    text = json.dumps({"t": "go_away", "deadline_ms": 5000, "after_ms": 500, "url": named})
    alice.down.append(text.encode())
    cables.deliver_down(alice)
    cables.pass_time(0.5)
    if goes_to == own:
        assert alice.core.is_up
        return
    assert alice.opened == [own, goes_to]
    cables.settle()
    assert alice.of(Reconnected) == [Reconnected(resumed=True)]


def test_a_refusal_that_says_when_is_obeyed(pair):
    cables, alice, _ = pair
    cables.cut(alice)
    cables.open(alice)
    error = {"t": "error", "id": None, "code": 503, "name": "unavailable", "msg": "later"}
    alice.down.append(json.dumps(error | {"fatal": True, "retry_ms": 9000}).encode())
    alice.down.append(Close(alice.cid, 4503, "later"))
    cables.deliver_down(alice)
    cables.deliver_down(alice)
    cables.pass_time(8.9)
    assert alice.core.stage is Stage.PAUSING
    cables.pass_time(0.1)
    assert alice.core.stage is Stage.OPENING


def test_a_hello_that_was_left_behind_and_takes_our_place_does_not_keep_us_away(pair):
    cables, alice, bob = pair
    cables.cut(alice)
    cables.open(alice)
    late_cid, (late_hello,) = alice.cid, alice.up
    cables.do(alice, alice.core.reconnect(cables.now))
    cables.dead.clear()
    cables.open(alice)
    cables.deliver_up(alice)
    cables.deliver_down(alice)
    assert alice.core.is_up
    cables.carry_out(cables.hub.receive_frame(late_cid, late_hello.decode(), cables.now))
    cables.settle()
    assert alice.of(Reconnected) == [Reconnected(resumed=True)] * 2
    assert alice.core.is_up
    assert bob.of(PeerLeft) == []
