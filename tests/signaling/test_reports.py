"""Reports as values."""

from signaling.messages import LeaveReason
from signaling.reports import Departed


def test_a_member_that_departs_closes_no_room_unless_said():
    assert not Departed("r", "alice", "s", LeaveReason.LEFT, 3).closed
