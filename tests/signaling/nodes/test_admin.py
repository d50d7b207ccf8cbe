"""A room as it stands on the server."""

from signaling.messages import Topology
from signaling.nodes import codec
from signaling.nodes.admin import read_room
from signaling.orders import Member, RoomSeen, Terms


def test_a_room_is_read_with_its_members_in_the_order_in_which_they_came() -> None:
    members = [Member("b", "s2", "n", {"x": 1}, since=2), Member("a", "s1", "n", {}, since=1)]
    fields = {f".{m.peer}".encode(): codec.encode(codec.write_member(m)) for m in members}
    fields[b"="] = codec.encode([5, 4, "star", "k", True])
    terms = Terms(4, Topology.STAR, "k", locked=True)
    assert read_room("r", fields) == RoomSeen("r", (members[1], members[0]), terms, 5)


def test_what_is_no_room_is_none() -> None:
    assert read_room("r", {}) is None
