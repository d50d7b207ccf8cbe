"""Whole seasons under a judge who knows nothing of the matcher: every rule, in every match, at the moment it is made."""

from dataclasses import replace

import pytest

from signaling.matchmaking.configuration.queues import (
    Equal,
    Falling,
    Overlap,
    Queue,
    Widening,
    Within,
)
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.season import playing
from signaling.matchmaking.season.arrivals import Rate
from signaling.matchmaking.season.playing import Plan, play
from signaling.matchmaking.season.population import Number, OneOf, Population, SomeOf
from signaling.matchmaking.season.records import Ending, Season
from signaling.matchmaking.season.table import Table
from tests.signaling.matchmaking.judge import faults

CROWD = Population(
    parties={1: 6, 2: 3, 3: 1},
    patience=90,
    decline=0.05,
    bots=3,
    says={
        "build": OneOf({"7": 9, "8": 1}),
        "voice": OneOf({"yes": 2, "no": 1}),
        "level": Number(30, 10, 1, 60),
        "maps": SomeOf({"dust": 0.7, "ice": 0.5, "lake": 0.2}),
    },
)
DUEL = Queue("duel", rtt=Widening(80, 5, 5, 250), bots_after=30.0)
SQUADS = Queue(
    "squads",
    keys=("build",),
    team_min=2,
    team_max=3,
    undersized_after=20,
    party_max=3,
    party_bonus=30,
    rating=Widening(200, 20, 2, 2000),
    rules=(Within("level", Widening(15, 1)), Overlap("maps")),
    quality=Falling(0.6, 0.02, 5, 0.0),
    accept_within=6,
    bots_after=45,
)
QUEUES = (
    DUEL,
    SQUADS,
    replace(SQUADS, team_max=2, teams=3, rtt=Widening(90, 4, 0, 300), rules=(Equal("voice"),)),
    replace(DUEL, teams=1, team_min=3, team_max=4, party_max=2, starving_after=15),
)


def judged(
    queue: Queue, law: Queue, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> tuple[Season, list[str]]:
    """A season, and what the judge had against its matches by a law, each at the time of its tick."""
    wrong: list[str] = []

    class Judged(Table):
        def _offer(self, proposal: Proposal, now: float) -> None:
            wrong.extend(faults(proposal.tickets, law, now))
            super()._offer(proposal, now)

    monkeypatch.setattr(playing, "Table", Judged)
    return play(queue, plan), wrong


@pytest.mark.parametrize("queue", QUEUES, ids=["duel", "squads", "three teams", "one team"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_rule_holds_in_every_match_of_a_season(
    queue: Queue, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(CROWD, Rate(1.0), seconds=400, seed=seed)
    season, wrong = judged(queue, queue, plan, monkeypatch)
    assert wrong == []
    assert len(season.matches) > 20
    assert season.count(Ending.MATCHED) > 100


def test_a_matcher_that_looks_at_no_ratings_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(CROWD, Rate(1.0), seconds=60)
    _, wrong = judged(replace(DUEL, rating=None), DUEL, plan, monkeypatch)
    assert any("ratings of" in one for one in wrong)
