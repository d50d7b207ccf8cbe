"""A season against theory where there is one: waits of a queue without rules, who gives up, and nobody lost."""

import math
from dataclasses import replace

import pytest

from signaling.matchmaking.configuration.queues import Overlap, Queue, Widening
from signaling.matchmaking.season.arrivals import Rate, arrivals
from signaling.matchmaking.season.playing import MOMENTS, Plan, play
from signaling.matchmaking.season.population import OneOf, Population, SomeOf
from signaling.matchmaking.season.records import Ending, Season
from signaling.matchmaking.season.regions import Region

HERE = (Region("here", 1, {"here": 5}),)
EVERYBODY = Population(patience=None, regions=HERE)
OPEN = Queue("open", rating=None, expires_after=math.inf)
MIXED = Population(
    parties={1: 6, 2: 3, 5: 1},
    patience=60,
    decline=0.05,
    bots=3,
    says={"mode": OneOf({"a": 3, "b": 1}), "maps": SomeOf({"x": 0.8, "y": 0.4})},
)
STRICT = Queue(
    "strict",
    keys=("mode",),
    team_max=3,
    party_max=3,
    rtt=Widening(60, 5, 5, 250),
    rules=(Overlap("maps"),),
    accept_within=8,
    bots_after=45,
    expires_after=90,
)


def waits(season: Season) -> list[float]:
    return [fate.waited for fate in season.fates if fate.ending is Ending.MATCHED]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize("team", [1, 2, 5])
def test_without_rules_the_mean_wait_is_that_for_those_who_must_come_yet(team: int) -> None:
    """The k-th of n waits for n - k more: (n - 1) / 2 arrivals on average."""
    queue = replace(OPEN, team_min=team, team_max=team)
    plan = Plan(EVERYBODY, Rate(0.5), seconds=8_000)
    expected = (2 * team - 1) / (2 * 0.5)
    assert mean(waits(play(queue, plan))) == pytest.approx(expected, rel=0.06)


def test_in_a_duel_without_rules_half_of_those_who_come_wait_for_an_exponential_time() -> None:
    rate = 0.5
    waited = waits(play(OPEN, Plan(EVERYBODY, Rate(rate), seconds=14_000)))
    assert sum(one < 0.002 for one in waited) / len(waited) == pytest.approx(0.5, abs=0.01)
    for seconds in (1, 2, 4, 8):
        longer = sum(one > seconds for one in waited) / len(waited)
        assert longer == pytest.approx(0.5 * math.exp(-rate * seconds), abs=0.012)


def test_the_share_that_gives_up_is_that_of_a_race_between_patience_and_the_next_arrival() -> None:
    """A first one waits; the next comes first with l / (l + p), and two are matched; else one has left."""
    rate, patience = 0.5, 4.0
    impatient = replace(EVERYBODY, patience=patience)
    season = play(OPEN, Plan(impatient, Rate(rate), seconds=14_000))
    leaves = 1 / patience
    expected = leaves / (2 * rate + leaves)
    share = season.count(Ending.GAVE_UP) / len(season.fates)
    assert share == pytest.approx(expected, abs=0.015)


def test_hard_keys_of_even_shares_multiply_the_wait_by_their_number() -> None:
    said = replace(EVERYBODY, says={"mode": OneOf({"a": 1, "b": 1, "c": 1, "d": 1})})
    queue = replace(OPEN, keys=("mode",))
    season = play(queue, Plan(said, Rate(2.0), seconds=2_500))
    assert mean(waits(season)) == pytest.approx(4 / (2 * 2.0), rel=0.06)


@pytest.mark.parametrize("seed", range(3))
def test_whoever_came_is_matched_or_left_or_waits_and_once(seed: int) -> None:
    plan = Plan(MIXED, Rate(0.5), seconds=900, seed=seed)
    season = play(STRICT, plan)
    came = [one.name for one in arrivals(MIXED, plan.rate, plan.seconds, seed)]
    assert [fate.ticket for fate in season.fates] == came
    seated = [name for match in season.matches for team in match.tickets for name in team]
    people = [name for name in seated if name.startswith("t")]
    matched = {fate.ticket for fate in season.fates if fate.ending is Ending.MATCHED}
    assert len(people) == len(set(people))
    assert set(people) == matched
    assert {Ending.MATCHED, Ending.DECLINED, Ending.GAVE_UP, Ending.REFUSED} <= {
        fate.ending for fate in season.fates
    }
    assert all(fate.waited <= STRICT.expires_after + 8 for fate in season.fates)


def test_the_same_seed_tells_the_same_season() -> None:
    plan = Plan(MIXED, Rate(0.5), seconds=400)
    assert play(STRICT, plan) == play(STRICT, plan)
    assert play(STRICT, plan) != play(STRICT, replace(plan, seed=2))


def test_other_rules_meet_the_same_people() -> None:
    plan = Plan(MIXED, Rate(0.5), seconds=400)
    one, other = play(STRICT, plan), play(replace(STRICT, rtt=None, accept_within=None), plan)
    assert [(f.ticket, f.at, f.rating) for f in one.fates] == [
        (f.ticket, f.at, f.rating) for f in other.fates
    ]


def test_how_full_it_is_is_written_down_and_progress_told() -> None:
    told: list[float] = []
    season = play(OPEN, Plan(seconds=600), progress=told.append)
    assert len(season.moments) == MOMENTS == len(told)
    assert (season.moments[-1].at, told[-1]) == (600, 1.0)
    assert season.moments[-1].arrived == len(season.fates)
    assert season.moments[-1].matches == len(season.matches)


def test_nobody_comes_and_nothing_happens() -> None:
    season = play(OPEN, Plan(rate=Rate(0.0), seconds=60))
    assert (season.fates, season.matches, season.ticks) == ((), (), 0)
