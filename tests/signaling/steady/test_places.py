"""The rooms a client is in."""

from signaling.messages import Join, Joined, LeaveReason, PeerInfo, PeerJoin, PeerLeave, Removed
from signaling.steady.places import Places


def joined(*peers, rev=1):
    infos = tuple(PeerInfo(peer=peer, polite=False) for peer in peers)
    return Joined(room="r", you="me", max=9, rev=rev, peers=infos, ice=())


def test_a_room_is_joined_again_as_before_with_the_metadata_of_last():
    places = Places()
    places.enter(Join(id=3, room="r", key="k", meta={"a": 1, "b": 2}, max=5), joined())
    places.revise("r", {"b": None, "c": 3}, {"never": True})
    assert places.joins() == [Join(room="r", key="k", meta={"a": 1, "c": 3}, max=5)]
    assert places.join_again("r") == places.joins()[0]


def test_where_a_room_has_no_metadata_of_its_own_that_of_hello_is_changed():
    places = Places()
    places.enter(Join(room="r"), joined())
    assert places.joins()[0].meta is None
    places.revise("r", {"c": 3}, {"a": 1})
    places.revise("elsewhere", {"c": 3}, {})
    assert places.joins()[0].meta == {"a": 1, "c": 3}


def test_those_who_are_missing_when_we_come_again_are_told():
    places = Places()
    assert places.enter(Join(room="r"), joined("a", "b")) == []
    places.hear(PeerJoin(room="r", peer="c", polite=True, rev=2))
    places.hear(PeerJoin(room="elsewhere", peer="x", polite=True, rev=2))
    places.hear(PeerLeave(room="r", peer="a", reason=LeaveReason.LEFT, rev=3))
    gone = places.enter(Join(room="r"), joined("b", rev=9))
    assert [(each.peer, each.reason, each.rev) for each in gone] == [("c", LeaveReason.LOST, 9)]


def test_a_room_that_we_were_put_out_of_is_none_of_ours():
    places = Places()
    places.enter(Join(room="r"), joined())
    places.hear(Removed(room="r", reason=LeaveReason.KICKED))
    assert places.rooms == ()
    assert places.join_again("r") is None
    places.leave("r")
