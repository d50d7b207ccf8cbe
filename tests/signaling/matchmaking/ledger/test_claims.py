"""How parts become a ticket, and tickets a match."""

from dataclasses import replace

from signaling.matchmaking.ledger.claims import combine, seat
from signaling.matchmaking.matches import Match
from tests.signaling.matchmaking.ledgers import ticket


def test_one_part_is_the_ticket() -> None:
    assert combine([ticket("t1")]) == ticket("t1")


def test_a_party_is_as_old_as_its_oldest_part_and_ends_with_the_first() -> None:
    parts = [ticket("t1", enqueued=5.0, expires=9.0), ticket("t2", enqueued=4.0, expires=8.0)]
    whole = combine(parts)
    assert (whole.id, whole.enqueued, whole.expires) == ("t1", 4.0, 8.0)
    assert [player.sid for player in whole.players] == ["s1", "s2"]


def test_who_has_left_has_no_seat() -> None:
    tickets = [ticket("t", "s1", "s2"), ticket("t3")]
    match = seat(Match("m", "duel", "room", (), (), "h"), tickets, [0, 1], {"s1", "s3"})
    assert [(each.player.sid, each.ticket, each.team) for each in match.seats] == [("s2", "t", 0)]
    assert match.tickets == (replace(tickets[0], players=tickets[0].players[1:]),)
