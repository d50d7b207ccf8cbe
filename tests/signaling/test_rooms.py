"""A node's copy of the rooms follows the reports, from its own sessions and from other nodes."""

import pytest

from signaling.backplane import Arrived, Departed, Member, Revised
from signaling.messages import LeaveReason, PeerJoin, PeerLeave, PeerState
from signaling.outputs import Deliver
from signaling.rooms import Rooms

NEAR = Member("near", "s-near", "here", {})
FAR = Member("far", "s-far", "there", {"x": 1})


@pytest.fixture
def rooms():
    rooms = Rooms("here")
    rooms.open("r", [])
    rooms.hear_arrived(Arrived("r", NEAR, 1))
    return rooms


def test_a_newcomer_on_another_node_is_told_to_the_members_here(rooms):
    news = PeerJoin(room="r", peer="far", polite=True, rev=2, meta={"x": 1})
    assert rooms.hear_arrived(Arrived("r", FAR, 2)) == [Deliver("s-near", news)]
    assert rooms.find("r", "far") == FAR


def test_members_on_other_nodes_are_not_told_from_here(rooms):
    rooms.hear_arrived(Arrived("r", FAR, 2))
    third = Member("third", "s-third", "there", {})
    assert [output.sid for output in rooms.hear_arrived(Arrived("r", third, 3))] == ["s-near"]


def test_a_departure_is_told_and_the_member_no_longer_found(rooms):
    rooms.hear_arrived(Arrived("r", FAR, 2))
    news = PeerLeave(room="r", peer="far", reason=LeaveReason.LOST, rev=3)
    departed = Departed("r", "far", "s-far", LeaveReason.LOST, 3)
    assert rooms.hear_departed(departed) == [Deliver("s-near", news)]
    assert rooms.find("r", "far") is None


def test_a_late_departure_does_not_take_out_the_next_bearer_of_the_name(rooms):
    rooms.hear_arrived(Arrived("r", FAR, 2))
    rooms.hear_departed(Departed("r", "far", "an-older-session", LeaveReason.LOST, 3))
    assert rooms.find("r", "far") == FAR


def test_new_metadata_is_told_to_the_others_only(rooms):
    rooms.hear_arrived(Arrived("r", FAR, 2))
    news = PeerState(room="r", peer="far", meta={"y": 2}, rev=3)
    assert rooms.hear_revised(Revised("r", "far", "s-far", {"y": 2}, 3)) == [
        Deliver("s-near", news)
    ]
    assert rooms.hear_revised(Revised("r", "near", "s-near", {"z": 3}, 4)) == []
    assert rooms.find("r", "near").meta == {"z": 3}


def test_a_room_is_followed_while_somebody_here_is_in_it(rooms):
    rooms.hear_arrived(Arrived("r", FAR, 2))
    assert len(rooms) == 1
    rooms.forget("r", "near", "s-near")
    assert len(rooms) == 0
    assert rooms.find("r", "far") is None


def test_reports_about_rooms_that_nobody_here_is_in_are_passed_over(rooms):
    assert rooms.hear_arrived(Arrived("other", FAR, 1)) == []
    assert rooms.hear_departed(Departed("other", "far", "s-far", LeaveReason.LEFT, 2)) == []
    assert rooms.hear_revised(Revised("other", "far", "s-far", {}, 2)) == []
