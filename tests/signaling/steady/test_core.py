"""The client's core against the hub's: connections come and go, the session goes on or begins again."""

import pytest

from signaling.errors import ConnectionLostError, OutboxFullError, RefusedError, SessionLostError
from signaling.events import (
    Disconnected,
    ErrorReported,
    NotRejoined,
    PeerBack,
    PeerGone,
    PeerJoined,
    PeerLeft,
    Reconnected,
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
    State,
)
from signaling.settings import Limits, Settings
from signaling.steady.plan import Plan, Renewal, Stage

from .conftest import signal

URLS = ("ws://one/v1/ws",)


def test_a_lost_connection_is_made_again_at_once_and_nothing_is_missing(pair):
    cables, alice, bob = pair
    cables.send(alice, signal(1))
    cables.deliver_up(alice)
    cables.send(alice, signal(2))
    cables.cut(alice)
    cables.cut(bob)
    cables.send(alice, signal(3))
    cables.settle()
    assert bob.heard == [1, 2, 3]
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
    assert bob.heard == ["on"]


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
    assert bob.heard == []


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
    assert bob.heard == list(range(60))
    assert alice.of(ErrorReported) == []


def test_a_hole_in_the_numbers_ends_the_connection_and_what_was_missing_comes(pair):
    cables, alice, bob = pair
    for number in range(3):
        cables.send(alice, signal(number))
        cables.deliver_up(alice)
    del bob.down[1]
    cables.settle()
    assert bob.heard == [0, 1, 2]
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
