"""Messages from the server are put together from what is known, and from nothing else."""

from msgspec import Raw

from signaling import replies
from signaling.messages import (
    Forwarded,
    IceServer,
    Role,
    Signal,
    SignalKind,
    Topology,
    UndeliveredReason,
)
from signaling.orders import Member, Terms
from signaling.reports import Entered
from signaling.rooms import Room
from signaling.sessions import Session
from signaling.settings import IceSettings, Limits, Settings

ICE = (IceServer(("stun:s",)),)
SIGNAL = Signal(id=3, room="r", to="b", kind=SignalKind.OFFER, data=Raw(b"[1]"), pc="p", mid="m")


def test_the_welcome_tells_the_limits_in_force():
    session = Session("sid", "alice")
    settings = Settings(
        limits=Limits(message=1, rate=2.0, burst=3, rooms=4, peers=5, meta=6),
        ice=IceSettings(ttl=60.0),
        node="n1",
        region="eu",
        ping_interval=1.5,
    )
    welcome = replies.welcome(session, settings, ICE, 7)
    limits = welcome.limits
    assert (limits.msg, limits.rate, limits.burst) == (1, 2.0, 3)
    assert (limits.rooms, limits.peers, limits.meta) == (4, 5, 6)
    assert (welcome.id, welcome.sid, welcome.peer) == (7, "sid", "alice")
    assert (welcome.ping_ms, welcome.ice, welcome.ice_ttl_s) == (1500, ICE, 60)
    assert (welcome.server.node, welcome.server.region) == ("n1", "eu")


def test_joined_names_the_others_none_of_whom_is_polite():
    entered, room = entry(Topology.MESH)
    joined = replies.joined(entered, room, ICE, 4)
    assert (joined.id, joined.you, joined.rev, joined.max) == (4, "me", 9, 16)
    assert [(peer.peer, peer.polite, peer.meta) for peer in joined.peers] == [
        ("a", False, {}),
        ("b", False, {"x": 1}),
    ]


def test_in_a_star_joined_names_the_hosts_alone():
    entered, room = entry(Topology.STAR)
    assert [peer.peer for peer in replies.joined(entered, room, ICE, 4).peers] == ["a"]


def entry(topology):
    me = Member("me", "s3", "n", {})
    others = (Member("a", "s1", "n", {}, Role.HOST), Member("b", "s2", "n", {"x": 1}))
    entered = Entered("r", me, others, Terms(16, topology), 9, 4)
    return entered, Room("r", entered.terms, (me, *others), 9)


def test_a_forwarded_signal_has_the_servers_word_for_its_sender_and_no_request_id():
    assert replies.forwarded(SIGNAL, "alice") == Forwarded(
        room="r", sender="alice", kind=SignalKind.OFFER, data=Raw(b"[1]"), pc="p", mid="m"
    )


def test_undelivered_repeats_what_the_sender_needs_to_recognise_it():
    news = replies.undelivered(SIGNAL, UndeliveredReason.UNKNOWN_PEER)
    assert (news.id, news.room, news.to, news.pc, news.mid) == (3, "r", "b", "p", "m")
    late = replies.undelivered_from(replies.forwarded(SIGNAL, "alice"), "b", UndeliveredReason.SLOW)
    assert (late.id, late.to, late.pc, late.mid) == (None, "b", "p", "m")
    assert late.reason is UndeliveredReason.SLOW
