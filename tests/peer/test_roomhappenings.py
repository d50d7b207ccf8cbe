"""What happens in a room is a value, that names whom it is about."""

from peer.happenings import SignalingChanged
from peer.roomevents import SignalingOver
from peer.roomhappenings import MemberTurnedAway, RoomHappening


def test_whoever_was_turned_away_is_named_with_the_reason() -> None:
    told: list[RoomHappening] = [
        MemberTurnedAway("ninth", "the room is full"),
        SignalingChanged(False),
        SignalingOver("kicked"),
    ]
    assert MemberTurnedAway("ninth", "the room is full") in told
    assert told[2] != SignalingOver("closed")
