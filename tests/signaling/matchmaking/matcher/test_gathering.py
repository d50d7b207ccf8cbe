"""The first group of a ticket is what the search would find, only sooner."""

from collections.abc import Sequence
from random import Random

import pytest

from signaling.matchmaking.configuration.queues import Queue, Widening
from signaling.matchmaking.matcher.concluding import Conclusion
from signaling.matchmaking.matcher.gathering import Ended, gather
from signaling.matchmaking.matcher.lines import Line
from signaling.matchmaking.matcher.rules import Rules
from signaling.matchmaking.matcher.searching import Crowd, Search
from signaling.matchmaking.matcher.tallies import SHALLOW, Tally
from signaling.matchmaking.tickets import Ticket
from tests.signaling.matchmaking.waiting import candidate, party, solo

WINDOW = Widening(60.0, 5.0, most=300.0)
DUEL = Queue("duel", rating=WINDOW, starving_after=30.0)
TEAM = Queue("team", team_min=3, team_max=3, party_max=3, rating=WINDOW, starving_after=30.0)


def both(queue: Queue, tickets: Sequence[Ticket]) -> tuple[set[str] | None, set[str] | None]:
    """Who is with the first ticket: at once, and by a search that looks at everything (as somebody may avoid another)."""
    rules = Rules(queue)
    candidates = [candidate(ticket, queue) for ticket in tickets]
    line = Line(sorted(candidates, key=lambda one: one.place))
    group = gather(candidates[0], rules, Tally())
    search = Search(
        rules, Tally(), Conclusion(rules, 0.0, None), Crowd(namesakes=True, touchy=True)
    )
    found = search.match(candidates[0], line)
    return (
        None if isinstance(group, Ended) else {one.ticket.id for one in group[0]},
        None if found is None else {one.ticket.id for one in found[0]},
    )


@pytest.mark.parametrize("queue", [DUEL, TEAM])
def test_whoever_is_gathered_is_whom_the_search_finds(queue: Queue) -> None:
    dice, easy = Random(1), 0
    for _ in range(300):
        tickets = [
            party(
                f"t{at}",
                (1500.0 + 10 * dice.randint(-15, 15),) * dice.randint(1, queue.party_max),
                waited=40.0 - at if dice.random() < 0.5 else 20.0 - at,
            )
            for at in range(20)
        ]
        tickets.sort(key=lambda ticket: ticket.enqueued)
        gathered, found = both(queue, tickets)
        assert gathered in (None, found)
        easy += gathered is not None
    assert easy > 200


def test_it_looks_at_as_many_as_the_tick_allows() -> None:
    strict, tally = Queue("duel", rating=Widening(0.0, 10.0)), Tally()
    many = [solo(f"n{at}", 1500.0 + 0.1 * at, waited=0.0) for at in range(1, SHALLOW + 10)]
    seed, *others = (
        candidate(ticket, strict) for ticket in (solo("s", waited=30.0), *many, solo("t", 1510.0))
    )
    Line([seed, *others])
    assert gather(seed, Rules(strict), tally) is Ended.ALL_SEEN
    spent = Tally().looks - tally.looks
    assert spent == 10
    for looks, ended in ((10, Ended.CUT), (11, Ended.ALL_SEEN)):
        assert gather(seed, Rules(strict), Tally(looks)) is ended


def test_a_party_without_a_place_gathers_nobody() -> None:
    alone = candidate(party("p", (1500.0,) * 2), DUEL)
    Line([alone])
    assert gather(alone, Rules(DUEL), Tally()) is Ended.ALL_SEEN
