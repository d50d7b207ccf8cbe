"""Players are paired as the search would pair them, only sooner."""

import math
from random import Random

import pytest

from signaling.matchmaking.configuration.queues import Queue, Widening
from signaling.matchmaking.matcher.concluding import Conclusion
from signaling.matchmaking.matcher.lines import Line
from signaling.matchmaking.matcher.pairing import pair
from signaling.matchmaking.matcher.pools import Pool
from signaling.matchmaking.matcher.rules import Rules
from signaling.matchmaking.matcher.searching import Crowd, Search
from signaling.matchmaking.matcher.tallies import Tally
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.tickets import Ticket
from tests.signaling.matchmaking.waiting import candidate, solo

QUEUES = (
    Queue("duel", rating=Widening(60.0, 5.0, most=300.0), starving_after=30.0),
    Queue("duel", rating=Widening(20.0, 1.0, most=90.0)),
    Queue("duel", rating=None),
)


def searched(queue: Queue, tickets: list[Ticket]) -> list[Proposal]:
    """The matches that a search finds which looks at everything, as if somebody might avoid another."""
    rules = Rules(queue)
    candidates = [candidate(ticket, queue) for ticket in tickets]
    line = Line(sorted(candidates, key=lambda one: one.place))
    search = Search(
        rules, Tally(), Conclusion(rules, 0.0, None), Crowd(namesakes=True, touchy=True)
    )
    matches = []
    for seed in sorted(candidates, key=lambda one: one.age):
        found = search.match(seed, line) if seed.free else None
        if found is not None:
            for one in found[0]:
                line.take(one)
            matches.append(found[1])
    return matches


@pytest.mark.parametrize("peers", [1000, 5])
@pytest.mark.parametrize("queue", QUEUES)
def test_whoever_is_paired_is_whom_the_search_finds(queue: Queue, peers: int) -> None:
    """Also where many call themselves the same, who do not meet."""
    dice, made = Random(1), 0
    for number in range(60):
        tickets = [
            solo(
                f"t{at}",
                1500.0 + dice.choice([10, 0.1]) * dice.randint(-60, 60),
                waited=40.0 * dice.random(),
                peer=f"peer{at % peers}",
            )
            for at in range(number)
        ]
        pool = Pool(queue)
        for ticket in tickets:
            pool.put(ticket)
        ticked = pool.tick(0.0)
        assert list(ticked.proposals) == searched(queue, tickets)
        made += len(ticked.proposals)
        for proposal in ticked.proposals:
            assert len({each.players[0].peer for each in proposal.tickets}) == 2
    assert made > 500


def test_a_window_without_an_end_reaches_nobody_where_nobody_is() -> None:
    queue = Queue("duel", rating=Widening(math.inf, most=math.inf))
    alone = candidate(solo("alone"), queue)
    Line([alone])
    assert list(pair([alone], Rules(queue), lambda seed: None, [])) == []


def test_who_is_not_wanted_by_the_nearest_is_left_to_the_search() -> None:
    queue = Queue("duel", rating=Widening(20.0, 5.0, most=100.0), starving_after=30.0)
    asked = []
    for waited in (10.0, 30.0):
        old, new = (
            candidate(each, queue) for each in (solo("old", waited=waited), solo("new", 1550.0))
        )
        Line([old, new])
        found = list(pair([old, new], Rules(queue), lambda seed: asked.append(seed.ticket.id), []))
        assert bool(found) is (waited == 30.0)
    assert asked == ["old"]
