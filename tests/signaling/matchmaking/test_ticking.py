"""The matcher as a whole."""

from itertools import permutations

from signaling.matchmaking.queues import Queue, Widening
from signaling.matchmaking.ticking import tick
from tests.signaling.matchmaking.waiting import names, solo

DUEL = Queue("duel", rating=Widening(100.0))


def test_the_oldest_comes_first_and_gets_the_nearest() -> None:
    tickets = [solo("a", waited=1.0), solo("b", 1540, waited=3.0), solo("c", 1560, waited=2.0)]
    (proposal,) = tick(tickets, [], 0.0, DUEL).proposals
    assert names(proposal.teams) == [{"b"}, {"c"}] or names(proposal.teams) == [{"c"}, {"b"}]


def test_the_order_in_which_tickets_are_told_does_not_matter() -> None:
    tickets = [solo(name, 1500.0 + 30 * at, waited=at % 2) for at, name in enumerate("abcde")]
    first = tick(tickets, [], 0.0, DUEL)
    assert len(first.proposals) == 2
    assert all(tick(order, [], 0.0, DUEL) == first for order in permutations(tickets))


def test_expired_and_paused_tickets_are_not_matched() -> None:
    tickets = [solo("a", expires=0.0), solo("b"), solo("c", paused=True)]
    assert tick(tickets, [], 0.0, DUEL).proposals == ()
