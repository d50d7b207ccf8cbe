"""Orders and reports as values."""

from signaling.messages import MemberState, Role
from signaling.orders import Copy, Member, Terms


def test_a_member_is_an_ordinary_one_that_is_here_unless_said_otherwise():
    member = Member("alice", "s1", "n1", {})
    assert (member.role, member.state) == (Role.MEMBER, MemberState.HERE)


def test_copies_of_rooms_do_not_share_their_members():
    one, two = Copy(Terms(16)), Copy(Terms(16))
    one.members["alice"] = Member("alice", "s1", "n1", {})
    assert not two.members
