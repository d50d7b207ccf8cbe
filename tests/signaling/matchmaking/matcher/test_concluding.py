"""Matches of groups that have their size."""

import pytest

from signaling.matchmaking.configuration.hooks import Hook
from signaling.matchmaking.configuration.queues import Queue, Widening
from signaling.matchmaking.matcher.concluding import FAULTS, Conclusion
from signaling.matchmaking.matcher.groups import alone
from signaling.matchmaking.matcher.rules import Rules
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.tickets import Ticket
from tests.signaling.matchmaking.waiting import candidate, names, party, solo


def concluded(queue: Queue, *tickets: Ticket, hook: Hook | None = None) -> Proposal | None:
    rules = Rules(queue)
    seed, *others = (candidate(ticket, queue) for ticket in tickets)
    group = alone(seed, rules)
    for other in others:
        group = group and group.join(other, rules)
    assert group is not None
    regions = None if group.extras is None else group.extras.regions
    spread = group.highest - group.lowest
    found = Conclusion(rules, 0.0, hook).conclude(group.members, group.code, spread, regions)
    return None if found is None else found[1]


def test_a_duel_is_one_against_one_where_both_are_near() -> None:
    queue = Queue("duel", rtt=Widening(100.0))
    one = solo("one", 1500.0, rtt={"eu": 20.0, "us": 90.0})
    two = solo("two", 1600.0, rtt={"eu": 70.0, "us": 80.0})
    found = concluded(queue, one, two)
    assert found is not None
    assert (names(found.teams), found.region, found.quality) == ([{"one"}, {"two"}], "eu", 0.75)


@pytest.mark.parametrize("teams", [2, 3])
def test_teams_are_full_and_even(teams: int) -> None:
    queue = Queue("team", teams=teams, team_min=2, team_max=2, rating=Widening(1000.0))
    strong = [solo(f"s{at}", 1600.0) for at in range(teams)]
    weak = [solo(f"w{at}", 1400.0) for at in range(teams)]
    found = concluded(queue, *strong, *weak)
    assert found is not None
    assert all(sorted(name[0] for name in team) == ["s", "w"] for team in names(found.teams))


def test_teams_that_are_not_full_are_as_equal_in_number_as_can_be() -> None:
    queue = Queue("team", team_min=1, team_max=4, rating=Widening(1000.0))
    found = concluded(queue, party("p", (1500.0, 1500.0)), solo("a"), solo("b"), solo("c"))
    assert found is not None
    sizes = sorted(sum(len(one.players) for one in team) for team in found.teams)
    assert sizes == [2, 3]


def test_faults_of_a_hook_are_told_up_to_a_number() -> None:
    queue = Queue("duel")
    conclusion = Conclusion(Rules(queue), 0.0, lambda group: 1 / 0)
    one, two = (candidate(solo(name), queue) for name in "ab")
    for _ in range(FAULTS + 5):
        assert conclusion.conclude((one, two), one.code + two.code, 0.0) is None
    assert len(conclusion.faults) == FAULTS
