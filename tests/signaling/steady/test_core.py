"""The client's core against the hub's: connections come and go, the session goes on or begins again."""

import json

import pytest

from signaling.errors import ConnectionLostError, OutboxFullError, RefusedError, SessionLostError
from signaling.events import (
    Closed,
    Disconnected,
    ErrorReported,
    NotRejoined,
    PeerBack,
    PeerGone,
    PeerJoined,
    PeerLeft,
    Reconnected,
    ServerLeaving,
    SignalReceived,
    StartedAgain,
    TokenExpiring,
)
from signaling.messages import (
    Ice,
    IceRequest,
    Join,
    Joined,
    Kick,
    Leave,
    LeaveReason,
    Lock,
    Ok,
    Ping,
    Signal,
    SignalKind,
    State,
)
from signaling.outputs import Close
from signaling.settings import Limits, Settings
from signaling.steady.plan import Plan, Renewal, Stage, Steadiness

URLS = ("ws://one/v1/ws",)


def signal(text, to="bob", room="r"):
    data = json.dumps(text).encode()
    from msgspec import Raw

    return Signal(room=room, to=to, kind=SignalKind.CUSTOM, data=Raw(data))


def heard(party):
    return [event.data for event in party.of(SignalReceived)]


@pytest.fixture
def pair(cables):
    """Alice and Bob, connected and in room r."""
    for name in ("alice", "bob"):
        party = cables.add(name)
        cables.settle()
        cables.ask(party, Join(room="r", meta={"n": name}))
        cables.settle()
    return cables, cables.parties["alice"], cables.parties["bob"]


def test_a_lost_connection_is_made_again_at_once_and_nothing_is_missing(pair):
    cables, alice, bob = pair
    cables.send(alice, signal(1))
    cables.deliver_up(alice)
    cables.send(alice, signal(2))
    cables.cut(alice)
    cables.cut(bob)
    cables.send(alice, signal(3))
    cables.settle()
    assert heard(bob) == [1, 2, 3]
    assert alice.of(Disconnected, Reconnected) == [
        Disconnected(1006, "abnormal", ""),
        Reconnected(resumed=True),
    ]
    assert alice.of(PeerLeft, StartedAgain) == []


def test_the_others_hear_gone_and_back_and_nothing_else(pair):
    cables, alice, bob = pair
    cables.cut(bob)
    cables.settle()
    assert [type(event) for event in alice.events] == [PeerJoined, PeerGone, PeerBack]


def test_a_request_under_way_gets_its_one_answer_over_another_connection(pair):
    cables, alice, _ = pair
    for cut_after in ("nothing", "arrival", "answer"):
        request = cables.ask(alice, State(room="r", meta={"step": cut_after}))
        if cut_after != "nothing":
            cables.deliver_up(alice)
        if cut_after == "answer":
            cables.deliver_down(alice)
        cables.cut(alice)
        cables.settle()
        assert alice.answers[request] == [Ok(id=request, seq=alice.answers[request][0].seq)]


def test_a_ping_dies_with_its_connection_and_says_so(pair):
    cables, alice, _ = pair
    request = cables.ask(alice, Ping())
    cables.cut(alice)
    assert [type(each) for each in alice.answers[request]] == [ConnectionLostError]
    assert [type(e) for e in alice.answers[cables.ask(alice, Ping())]] == [ConnectionLostError]


def test_after_a_restart_of_the_server_rooms_are_joined_again_as_before(pair):
    cables, alice, bob = pair
    cables.ask(alice, State(room="r", meta={"mic": True}))
    cables.settle()
    cables.restart_server()
    cables.settle()
    for party in (alice, bob):
        assert party.of(Reconnected) == [Reconnected(resumed=False)]
        (again,) = party.of(StartedAgain)
        assert again.joined.you == party.core.welcome.peer
    present = {
        p.peer: p.meta for party in (alice, bob) for p in party.of(StartedAgain)[0].joined.peers
    }
    assert present in ({"alice": {"n": "alice", "mic": True}}, {"bob": {"n": "bob"}})
    cables.send(alice, signal("on"))
    cables.settle()
    assert heard(bob) == ["on"]


def test_whoever_did_not_come_back_is_told_to_have_left_before_the_room_starts_again(pair):
    cables, alice, bob = pair
    cables.do(bob, bob.core.finish())
    cables.restart_server()
    cables.settle()
    kinds = [type(event) for event in alice.events]
    assert kinds[-3:] == [Reconnected, PeerLeft, StartedAgain]
    assert alice.of(PeerLeft)[-1].reason is LeaveReason.LOST


def test_what_becomes_of_requests_whose_session_is_lost(pair):
    cables, alice, _ = pair
    asked = {
        kind: cables.ask(alice, message)
        for kind, message in {
            "join": Join(room="other"),
            "ice": IceRequest(),
            "state": State(room="r", meta={"x": 1}),
            "kick": Kick(room="r", peer="bob"),
            "lock": Lock(room="r"),
            "leave": Leave(room="r"),
        }.items()
    }
    cables.restart_server()
    cables.settle()
    answers = {kind: [type(each) for each in alice.answers[id_]] for kind, id_ in asked.items()}
    assert answers == {
        "join": [Joined],
        "ice": [Ice],
        "state": [Ok],
        "kick": [SessionLostError],
        "lock": [SessionLostError],
        "leave": [Ok],
    }
    assert alice.core.rooms == ("other",)
    assert alice.of(StartedAgain) == []


def test_signals_that_nobody_acknowledged_are_counted_when_the_session_is_lost(pair):
    cables, alice, bob = pair
    for number in range(3):
        cables.send(alice, signal(number))
    cables.restart_server()
    cables.settle()
    assert alice.of(Reconnected) == [Reconnected(resumed=False, dropped=3)]
    assert heard(bob) == []


def test_a_room_that_is_full_when_we_come_again_is_told(pair):
    cables, alice, _ = pair
    cables.restart_server()
    stranger = cables.add("stranger")
    for party in (stranger,):
        cables.open(party)
        cables.deliver_up(party)
        cables.deliver_down(party)
        cables.ask(party, Join(room="r", max=1))
        cables.deliver_up(party)
    cables.settle()
    (lost,) = alice.of(NotRejoined)
    assert (lost.room, lost.error.name) == ("r", "room_full")
    assert alice.core.rooms == ()


def test_a_session_that_outlived_its_time_begins_again_under_its_old_name(pair):
    cables, alice, bob = pair
    cables.is_listening = False
    cables.cut(alice)
    cables.hear_of_death()
    cables.live(31)
    assert [e.reason for e in bob.of(PeerLeft)] == [LeaveReason.LOST]
    cables.is_listening = True
    cables.settle()
    assert alice.of(Reconnected) == [Reconnected(resumed=False)]
    assert bob.of(PeerJoined)[-1].peer == "alice"


def test_a_server_that_does_not_know_yet_that_we_are_gone_gives_our_name_to_us_again(pair):
    """Only the ring is lost: it held too little of what we missed."""
    cables, alice, bob = pair
    cables.is_listening = False
    party_cid = bob.cid
    bob.cid = None  # half open: the hub goes on sending
    cables.do(bob, bob.core.receive_close(1006, "", cables.now))
    for number in range(300):
        cables.send(alice, signal(number))
        cables.settle()
    cables.is_listening = True
    cables.dead.append(party_cid)
    cables.settle()
    cables.pass_time(5)
    cables.settle()
    assert bob.of(Reconnected) == [Reconnected(resumed=False)]
    assert [each.joined.you for each in bob.of(StartedAgain)] == ["bob"]


def test_what_is_said_without_a_connection_waits_until_there_is_no_room(cables):
    alice = cables.add("alice", Plan(URLS, peer="alice", outbox=3))
    cables.settle()
    cables.is_listening = False
    cables.cut(alice)
    for number in range(3):
        cables.send(alice, signal(number))
    with pytest.raises(OutboxFullError, match="3 messages"):
        cables.send(alice, signal(3))
    assert not alice.core.has_room()


def test_more_than_the_server_takes_in_a_message_is_refused_here(pair):
    cables, alice, _ = pair
    with pytest.raises(RefusedError, match="413"):
        cables.send(alice, signal("x" * 65536))
    cables.send(alice, signal("x" * 65000))
    cables.settle()
    assert alice.core.stage is Stage.UP


def test_the_pace_is_the_servers_and_nothing_is_refused(make_cables):
    cables = make_cables(Settings(resume_key=b"k", limits=Limits(rate=20.0, burst=10)))
    alice, bob = cables.add("alice"), cables.add("bob")
    cables.settle()
    for party in (alice, bob):
        cables.ask(party, Join(room="r"))
        cables.settle()
    for number in range(60):
        cables.send(alice, signal(number))
    for _ in range(80):
        cables.pass_time(0.1)
        cables.settle()
    assert heard(bob) == list(range(60))
    assert alice.of(ErrorReported) == []


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


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1012, 1013, 4503, 4508, 4529])
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


def test_a_hole_in_the_numbers_ends_the_connection_and_what_was_missing_comes(pair):
    cables, alice, bob = pair
    for number in range(3):
        cables.send(alice, signal(number))
        cables.deliver_up(alice)
    del bob.down[1]
    cables.settle()
    assert heard(bob) == [0, 1, 2]
    assert "came after" in bob.of(Disconnected)[0].reason


def test_a_server_that_acknowledges_what_was_never_said_is_not_trusted(pair):
    cables, alice, _ = pair
    alice.down.append(b'{"t":"ack","ack":99}')
    cables.settle()
    assert [type(event) for event in alice.events[-3:]] == [Disconnected, Reconnected, StartedAgain]


def test_what_came_is_acknowledged_after_sixteen_messages_or_five_seconds(pair):
    cables, alice, bob = pair
    for number in range(16):
        cables.send(alice, signal(number))
    while alice.up:
        cables.deliver_up(alice)
    while bob.down:
        cables.deliver_down(bob)
    assert [b'"t":"ack"' in frame for frame in bob.up] == [True]
    cables.settle()
    cables.send(alice, signal(16))
    cables.deliver_up(alice)
    cables.deliver_down(bob)
    assert not bob.up
    cables.pass_time(5.0)
    assert [b'"t":"ack"' in frame for frame in bob.up] == [True]


def test_a_join_that_nobody_waits_for_any_more_is_taken_back(pair):
    cables, alice, _ = pair
    waiting = cables.ask(alice, Join(room="late"))
    cables.deliver_up(alice)
    cables.do(alice, alice.core.abandon(waiting, cables.now))
    cables.settle()
    assert alice.core.rooms == ("r",)
    assert cables.hub.rooms == 1
    cables.is_listening = False
    cables.cut(alice)
    unsent = cables.ask(alice, Join(room="never"))
    cables.do(alice, alice.core.abandon(unsent, cables.now))
    cables.is_listening = True
    cables.settle()
    assert alice.answers[unsent] == []
    assert cables.hub.rooms == 1


@pytest.mark.parametrize("renewal", list(Renewal))
def test_an_expiring_token_is_renewed_where_somebody_can_be_asked(cables, renewal):
    alice = cables.add("alice", Plan(URLS, renewal=renewal))
    cables.settle()
    alice.down.append(b'{"t":"expiring","in_ms":9000,"seq":1}')
    cables.deliver_down(alice)
    if renewal is Renewal.NONE:
        assert alice.of(TokenExpiring) == [TokenExpiring(9.0)]
        return
    assert (alice.renewals, alice.events) == (1, [])
    cables.do(alice, alice.core.receive_token(None, cables.now))
    cables.pass_time(5.0)
    assert alice.renewals == 2
    cables.do(alice, alice.core.receive_token("newer", cables.now))
    assert b'"token":"newer"' in alice.up[-1]


def test_garbage_from_the_server_is_passed_over(pair):
    cables, alice, _ = pair
    for frame in (b"nonsense", b'{"t":"mm.found"}', b'{"t":"peer.join"}', b"[[[[", b'{"t":"pong"}'):
        alice.down.append(frame)
    cables.settle()
    assert alice.core.is_up


def test_bye_ends_the_session_for_good(pair):
    cables, alice, bob = pair
    cables.do(alice, alice.core.finish())
    cables.settle()
    assert bob.of(PeerLeft)[-1].reason is LeaveReason.BYE
    assert alice.core.finish() == []
    assert alice.core.reconnect(cables.now) == []
    assert alice.core.handle_timer(cables.now) == []
