"""A session survives being written and read, with everything that is in it."""

import pytest

from signaling.gate import Identity
from signaling.messages import IceServer, Join, MemberState, Role, Topology
from signaling.orders import Member, Terms
from signaling.savedsessions import GoneOn, SavedSeat, SavedSession, decode, encode

SAVED = SavedSession(
    node="n1",
    sid="s",
    peer="alice",
    meta={"n": [1, None, {"é": 2.5}]},
    identity=Identity("u", "alice", ("a*", "b"), Role.HOST, 5.0, {"x": 1}),
    expires_in=7.5,
    notice=60.0,
    client="web 1",
    region="eu",
    generation=4,
    proven=3,
    sent=10,
    heard=6,
    frames=(b'{"t":"ok"}', b"\xff"),
    mids=("m1", "m2"),
    seats=(
        SavedSeat(
            "r",
            {"m": 1},
            {"f": 2},
            (IceServer(("turn:t",), "u", "p"),),
            Terms(4, Topology.STAR, "digest", locked=True),
            (Member("bob", "s2", "n2", {}, Role.HOST, MemberState.GONE, "u2", 3),),
            9,
        ),
        SavedSeat("q", {}, None, None, Terms(2), (), 1),
    ),
    joins=(Join(id=3, room="new", key="k"),),
    grace=30.0,
    under_way=(("s2", "n3"),),
)


def test_a_session_is_read_as_it_was_written():
    assert decode(encode(SAVED)) == SAVED
    assert decode(encode(GoneOn("n2"))) == GoneOn("n2")


@pytest.mark.parametrize("cut", [0, 1, 10, -1])
def test_half_a_session_is_none(cut):
    assert decode(encode(SAVED)[:cut]) is None


def test_what_another_version_wrote_is_none():
    assert decode(b"\x93\x01\x02\x03") is None
