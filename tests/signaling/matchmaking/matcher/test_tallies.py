"""What a tick may spend."""

from signaling.matchmaking.matcher.tallies import SHALLOW, Tally


def test_each_ticket_may_look_at_some_and_all_of_them_at_some_more() -> None:
    tally = Tally(looks=10)
    assert tally.most() == SHALLOW + 10
    tally.spend(SHALLOW)
    tally.spend(SHALLOW + 4)
    assert tally.most() == SHALLOW + 6
    tally.spend(SHALLOW + 6)
    tally.spend(SHALLOW + 1)
    assert tally.most() == SHALLOW
