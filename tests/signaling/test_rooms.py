"""A copy of a room knows who is in it, who of them is here, and who sees whom."""

import pytest

from signaling.messages import Role, Topology
from signaling.orders import Member, Terms
from signaling.rooms import Room
from signaling.sessions import Session

HOST = Member("host", "s-host", "here", {}, Role.HOST)
NEAR = Member("near", "s-near", "here", {})
FAR = Member("far", "s-far", "there", {})


def room_of(topology):
    room = Room("r", Terms(16, topology), (HOST, NEAR, FAR), 3)
    for member in (HOST, NEAR):
        room.here[member.peer] = Session(member.sid, member.peer)
    return room


def test_only_the_session_that_bears_a_name_is_found_by_it():
    room = room_of(Topology.MESH)
    assert room.find("far", "s-far") == FAR
    assert room.find("far", "an-older-session") is None
    assert room.find("nobody", "s-far") is None


@pytest.mark.parametrize(
    ("topology", "member", "seen"),
    [
        (Topology.MESH, NEAR, {"host", "far"}),
        (Topology.STAR, NEAR, {"host"}),
        (Topology.STAR, HOST, {"near", "far"}),
    ],
)
def test_hosts_see_all_and_in_a_star_the_others_see_hosts(topology, member, seen):
    assert {other.peer for other in room_of(topology).seen_by(member)} == seen


@pytest.mark.parametrize(
    ("topology", "member", "watchers"),
    [
        (Topology.MESH, FAR, {"host", "near"}),
        (Topology.MESH, NEAR, {"host"}),
        (Topology.STAR, FAR, {"host"}),
        (Topology.STAR, HOST, {"near"}),
    ],
)
def test_watchers_are_the_sessions_here_that_see_a_member(topology, member, watchers):
    assert {session.peer for session in room_of(topology).watchers(member)} == watchers
