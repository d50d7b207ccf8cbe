"""What one tick comes to."""

from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.tickets import Player, Ticket


def test_the_tickets_of_a_proposal_come_team_by_team() -> None:
    tickets = [Ticket(name, "duel", (Player(name, name),)) for name in "abcd"]
    proposal = Proposal("duel", ((tickets[0], tickets[1]), (tickets[2], tickets[3])))
    assert [ticket.id for ticket in proposal.tickets] == ["a", "b", "c", "d"]
