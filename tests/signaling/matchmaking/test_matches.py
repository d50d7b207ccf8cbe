"""What becomes of a proposal."""

from signaling.matchmaking.matches import Match, MatchState


def test_a_match_begins_as_found() -> None:
    assert Match("m", "duel", "room", (), (), "").state is MatchState.FOUND
