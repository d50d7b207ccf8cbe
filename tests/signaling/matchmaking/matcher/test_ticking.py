"""The matcher as a whole, held to a judge that knows nothing of it."""

from dataclasses import replace
from random import Random

import hypothesis.strategies as st
from hypothesis import given, settings

from signaling.matchmaking.configuration.queues import Queue, Widening
from signaling.matchmaking.matcher.ticking import tick
from signaling.matchmaking.tickets import Ticket
from tests.signaling.matchmaking.judge import age, all_matches, bot, faults, most_matches
from tests.signaling.matchmaking.pools_of_all_kinds import queues, waiting, widened
from tests.signaling.matchmaking.waiting import names, solo

DUEL = Queue("duel", rating=Widening(100.0))
QUEUED = queues().flatmap(lambda queue: st.tuples(st.just(queue), waiting(queue)))
EXAMPLES = 60


def test_the_oldest_comes_first_and_gets_the_nearest() -> None:
    tickets = [solo("a", waited=1.0), solo("b", 1540, waited=3.0), solo("c", 1560, waited=2.0)]
    (proposal,) = tick(tickets, [], 0.0, DUEL).proposals
    assert names(proposal.teams) in ([{"b"}, {"c"}], [{"c"}, {"b"}])


def test_expired_and_paused_tickets_are_not_matched() -> None:
    tickets = [solo("a", expires=0.0), solo("b"), solo("c", paused=True)]
    assert tick(tickets, [], 0.0, DUEL).proposals == ()


@settings(max_examples=EXAMPLES)
@given(QUEUED)
def test_nobody_is_matched_twice_and_every_rule_holds_in_every_match(
    queued: tuple[Queue, list[Ticket]],
) -> None:
    queue, tickets = queued
    proposals = tick(tickets, [], 0.0, queue).proposals
    matched = [ticket.id for proposal in proposals for ticket in proposal.tickets]
    assert len(matched) == len(set(matched))
    for proposal in proposals:
        assert all(ticket in tickets for ticket in proposal.tickets)  # a party as it came
        assert faults(proposal.tickets, queue, 0.0) == []
        sizes = [sum(len(ticket.players) for ticket in team) for team in proposal.teams]
        assert len(sizes) == queue.teams
        assert all(queue.team_min <= size <= queue.team_max for size in sizes)


@settings(max_examples=EXAMPLES)
@given(QUEUED)
def test_every_match_is_for_the_oldest_ticket_that_can_be_matched_and_in_the_end_none_can(
    queued: tuple[Queue, list[Ticket]],
) -> None:
    queue, tickets = queued
    ticked = tick(tickets, [], 0.0, queue)
    assert ticked.cut == 0
    possible = all_matches(tickets, queue, 0.0)
    people = sorted((ticket for ticket in tickets if not bot(ticket)), key=age)
    for proposal in ticked.proposals:
        matchable = {name for match in possible for name in match}
        oldest = next(ticket.id for ticket in people if ticket.id in matchable)
        taken = frozenset(ticket.id for ticket in proposal.tickets)
        assert oldest in taken
        possible = [match for match in possible if not match & taken]
    assert possible == []


@settings(max_examples=EXAMPLES)
@given(QUEUED, st.randoms(use_true_random=False))
def test_the_order_in_which_tickets_are_told_does_not_matter(
    queued: tuple[Queue, list[Ticket]], random: Random
) -> None:
    queue, tickets = queued
    shuffled = random.sample(tickets, len(tickets))
    asked = [ticket.id for ticket in tickets]
    assert tick(shuffled, [], 0.0, queue, asked=asked) == tick(tickets, [], 0.0, queue, asked=asked)


@settings(max_examples=EXAMPLES)
@given(QUEUED, st.integers(1, 127))
def test_a_wider_rule_loses_no_match_that_can_be_made(
    queued: tuple[Queue, list[Ticket]], more: int
) -> None:
    """Which is not to say that as many are made: the oldest may now take somebody whom two others wanted.

    What may be in a match grows, so who had one has one or is passed over only for an older ticket; and of
    disjoint matches at least one in as many as a match has tickets is made.
    """
    queue, tickets = queued
    wider = widened(queue, more)
    before, after = tick(tickets, [], 0.0, queue), tick(tickets, [], 0.0, wider)
    assert all(faults(proposal.tickets, wider, 0.0) == [] for proposal in before.proposals)
    assert bool(after.proposals) >= bool(before.proposals)
    assert len(after.proposals) * wider.full >= len(before.proposals)
    if before.proposals:
        oldest = [min(map(age, ticked.proposals[0].tickets)) for ticked in (before, after)]
        assert oldest[1] <= oldest[0]


def test_a_wider_rule_may_make_fewer_matches_of_the_same_tickets() -> None:
    tickets = [
        solo("a", 1500.0, waited=3.0, rtt={"eu": 20.0}),
        solo("b", 1540.0, rtt={"eu": 60.0, "us": 20.0}),
        solo("c", 1440.0, rtt={"eu": 20.0}),
        solo("d", 1620.0, rtt={"us": 20.0}),
    ]
    made = [tick(tickets, [], 0.0, replace(DUEL, rtt=Widening(cap))) for cap in (50.0, 70.0)]
    assert [len(ticked.proposals) for ticked in made] == [2, 1]


@settings(max_examples=EXAMPLES)
@given(queues().flatmap(lambda queue: st.tuples(st.just(queue), waiting(queue, 10))))
def test_of_the_most_matches_that_can_be_made_at_once_a_fixed_part_is_made(
    queued: tuple[Queue, list[Ticket]],
) -> None:
    """No match is left that could still be made, so each of the most meets one that was: bench_matchmaking says by how
    little this is less in fact."""
    queue, tickets = queued
    made = tick(tickets, [], 0.0, queue).proposals
    most = most_matches(all_matches(tickets, queue, 0.0))
    assert len(made) <= most <= sum(len(proposal.tickets) for proposal in made)
