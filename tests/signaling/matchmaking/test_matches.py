"""What becomes of a proposal."""

from signaling.matchmaking.matches import ROOM_PREFIX, Match, MatchState, is_match_room


def test_a_match_begins_as_found() -> None:
    assert Match("m", "duel", "room", (), (), "").state is MatchState.FOUND


def test_the_room_of_a_match_is_known_by_its_name() -> None:
    assert is_match_room(f"{ROOM_PREFIX}x")
    assert not is_match_room("lobby")
