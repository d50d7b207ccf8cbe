"""The match of one ticket."""

from dataclasses import replace

from signaling.matchmaking.configuration.hooks import Group, Hook
from signaling.matchmaking.configuration.queues import Falling, Queue, Widening
from signaling.matchmaking.matcher.concluding import Conclusion
from signaling.matchmaking.matcher.lines import Line
from signaling.matchmaking.matcher.rules import Rules
from signaling.matchmaking.matcher.searching import Crowd, Search
from signaling.matchmaking.matcher.tallies import SHALLOW, Tally
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.tickets import Ticket
from tests.signaling.matchmaking.waiting import candidate, names, party, solo

DUEL = Queue("duel", rating=Widening(100.0))
TEAM = Queue("team", team_min=2, team_max=2, party_max=2, rating=Widening(100.0))


def match(queue: Queue, *tickets: Ticket, hook: Hook | None = None) -> Proposal | None:
    """The match of the first."""
    return searched(queue, *tickets, hook=hook)[0]


def searched(
    queue: Queue, *tickets: Ticket, hook: Hook | None = None, looks: int = 9
) -> tuple[Proposal | None, Tally, Conclusion]:
    rules, tally = Rules(queue), Tally(looks)
    candidates = [candidate(ticket, queue) for ticket in tickets]
    line = Line(sorted(candidates, key=lambda one: one.place))
    conclusion = Conclusion(rules, 0.0, hook)
    crowd = Crowd(bots=any(one.bot for one in candidates))
    search = Search(rules, tally, conclusion, crowd)
    found = search.match(candidates[0], line)
    return None if found is None else found[1], tally, conclusion


def together(found: Proposal | None) -> set[str]:
    return set() if found is None else {ticket.id for ticket in found.tickets}


def test_the_nearest_is_taken() -> None:
    found = match(DUEL, solo("a"), solo("b", 1450), solo("c", 1520))
    assert together(found) == {"a", "c"}


def test_a_nearer_one_that_leads_nowhere_is_given_up() -> None:
    low, lower, lowest = solo("l", 1420), solo("ll", 1410), solo("lll", 1400)
    found = match(TEAM, solo("a"), solo("near", 1550), low, lower, lowest)
    assert together(found) == {"a", "l", "ll", "lll"}


def test_parties_stay_together() -> None:
    found = match(TEAM, party("a", (1500, 1500)), solo("b"), party("c", (1500, 1500)), solo("d"))
    assert found is not None
    assert together(found) in ({"a", "b", "d"}, {"a", "c"})
    assert {"a"} in names(found.teams)


def test_a_match_that_is_not_good_enough_is_not_made() -> None:
    queue = Queue("duel", quality=Falling(0.9, 0.01), quality_scale=400.0)
    assert match(queue, solo("a"), solo("b", 1440)) is None
    found = match(queue, solo("a", waited=5.0), solo("b", 1440))
    assert found is not None
    assert found.quality == 0.85


def test_a_smaller_match_is_made_of_those_who_have_waited_for_it() -> None:
    queue = Queue("team", team_min=1, team_max=2, undersized_after=10.0)
    young, old = solo("b", waited=9.0), solo("c", waited=11.0)
    assert match(queue, solo("a", waited=10.0), young) is None
    assert together(match(queue, solo("a", waited=10.0), young, old)) == {"a", "c"}


def test_bots_come_when_people_have_waited_and_after_people() -> None:
    queue = Queue("duel", bots_after=10.0)
    bot = solo("bot", bot=True)
    assert match(queue, solo("a", waited=9.0), bot) is None
    assert together(match(queue, solo("a", waited=10.0), bot)) == {"a", "bot"}
    assert together(match(queue, solo("a", waited=10.0), bot, solo("b", 1550))) == {"a", "b"}


def test_the_operators_rule_may_say_no() -> None:
    def no_b(group: Group) -> bool:
        return all(ticket.id != "b" for ticket in group.tickets)

    found = match(DUEL, solo("a"), solo("b"), solo("c", 1550), hook=no_b)
    assert together(found) == {"a", "c"}


def test_the_operators_rule_may_say_how_good_it_is() -> None:
    queue = Queue("duel", quality=Falling(0.5))
    assert match(queue, solo("a"), solo("b"), hook=lambda group: 0.4) is None
    found = match(queue, solo("a"), solo("b"), hook=lambda group: 0.6)
    assert found is not None
    assert found.quality == 0.6


def test_a_rule_that_fails_is_told_and_counts_as_no() -> None:
    found, _, conclusion = searched(DUEL, solo("a"), solo("b"), hook=lambda group: 1 / 0)
    assert found is None
    (fault,) = conclusion.faults
    assert fault.tickets == ("a", "b")
    assert fault.error == "ZeroDivisionError: division by zero"


def test_a_search_that_takes_too_long_is_cut_and_counted() -> None:
    many = [solo(f"b{number}") for number in range(SHALLOW // 2 + 5)]
    queued = (DUEL, solo("a"), *many)
    for looks, cut in ((4, 1), (5, 0)):  # besides the first; who was refused counts twice
        _, tally, _ = searched(*queued, hook=lambda group: False, looks=looks)
        assert tally.cut == cut


def test_a_group_whose_nearest_lead_nowhere_is_found_with_fewer_looks_than_there_are_ways() -> None:
    near = [party(f"n{at}", (1501.0 + at,) * 2, waited=0.0) for at in range(9)]
    far = [solo("x", 1580.0), solo("y", 1590.0), solo("z", 1595.0)]
    queue = Queue(
        "team", team_min=2, team_max=2, party_max=2, rating=Widening(20.0, 10.0, most=99.0)
    )
    found, tally, _ = searched(
        queue, solo("a", waited=9.0), *near, *(replace(one, enqueued=-9.0) for one in far)
    )
    assert together(found) == {"a", "x", "y", "z"}
    assert tally.cut == 0
