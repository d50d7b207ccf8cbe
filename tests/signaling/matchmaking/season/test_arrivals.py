"""Those who come: as many and such as the population says, and the same ones for the same seed."""

import itertools
import math
import statistics
from dataclasses import replace

import pytest

from signaling.matchmaking.configuration.queues import Equal, Overlap, Queue, Widening, Within
from signaling.matchmaking.season.arrivals import (
    Arrival,
    Rate,
    arrivals,
    bots,
    properties,
    unsaid,
)
from signaling.matchmaking.season.population import (
    Bell,
    Number,
    OneOf,
    Population,
    Ratings,
    SomeOf,
)
from signaling.matchmaking.season.regions import Region

NEAR = (Region("here", 1, {"here": 5}),)
MIXED = Population(
    parties={1: 6, 2: 3, 5: 1},
    says={
        "mode": OneOf({"ranked": 3, "casual": 1}),
        "maps": SomeOf({"dust": 0.9, "ice": 0.1}),
        "ping": Number(50, 20, 0, 100),
    },
)


def come(
    population: Population, rate: Rate, seconds: float = 20_000, seed: int = 1
) -> list[Arrival]:
    return list(arrivals(population, rate, seconds, seed))


def test_the_same_seed_brings_the_same_people_and_another_seed_others() -> None:
    first = come(MIXED, Rate(1.0), 500)
    assert first == come(MIXED, Rate(1.0), 500)
    assert first != come(MIXED, Rate(1.0), 500, seed=2)


def test_times_between_arrivals_are_exponential_with_the_players_rate() -> None:
    came = come(MIXED, Rate(2.0), 12_000)
    tickets_a_second = 2.0 / MIXED.players_a_ticket
    gaps = [b.at - a.at for a, b in itertools.pairwise(came)]
    assert statistics.fmean(gaps) == pytest.approx(1 / tickets_a_second, rel=0.03)
    assert statistics.stdev(gaps) == pytest.approx(1 / tickets_a_second, rel=0.03)
    assert sum(len(one.players) for one in came) == pytest.approx(24_000, rel=0.03)
    assert all(0 < one.at < 12_000 for one in came)


def test_a_day_has_a_busiest_and_a_quietest_hour() -> None:
    day = Rate(peak=0.5, trough=0.1, busiest=20 * 3600)
    hours = [0] * 24
    for one in come(Population(regions=NEAR), day, 86400):
        hours[int(one.at // 3600)] += 1
    assert hours.index(max(hours)) in (18, 19, 20, 21)
    assert hours.index(min(hours)) in (6, 7, 8, 9)
    assert max(hours) == pytest.approx(1800, rel=0.06)
    assert min(hours) == pytest.approx(360, rel=0.15)
    assert Rate(1.0).at(12345) == 1.0


def test_nobody_comes_at_a_rate_of_nought() -> None:
    assert come(Population(), Rate(0.0)) == []


def test_ratings_are_spread_as_told_and_nobody_piles_up_at_the_bounds() -> None:
    bells = (Bell(1200, 100, 3), Bell(2000, 50, 1))
    population = Population(ratings=Ratings(bells, least=1000, most=2100))
    ratings = [one.rating for one in come(population, Rate(0.5))]
    assert min(ratings) >= 1000
    assert max(ratings) <= 2100
    strong = [rating for rating in ratings if rating > 1700]
    assert len(strong) / len(ratings) == pytest.approx(0.25, abs=0.01)
    assert statistics.fmean(strong) == pytest.approx(2000, abs=5)
    assert sum(rating in (1000, 2100) for rating in ratings) < len(ratings) / 500


def test_a_bell_that_is_out_of_bounds_is_cut_off_in_the_end() -> None:
    population = Population(ratings=Ratings((Bell(5000, 1),), least=0, most=100))
    assert {one.rating for one in come(population, Rate(1), 20)} == {100}


def test_friends_play_about_as_well_and_live_near_each_other() -> None:
    parties = [one for one in come(MIXED, Rate(0.5)) if len(one.players) == 2]
    apart = [one.players[1].rating - one.players[0].rating for one in parties]
    assert statistics.stdev(apart) == pytest.approx(MIXED.party_deviation, rel=0.05)
    for one in parties[:50]:
        assert all(min(p.rtt, key=lambda r: p.rtt[r]) == one.home for p in one.players)
    assert len({p.peer for one in parties for p in one.players}) == 2 * len(parties)


def test_regions_and_lines_make_the_round_trips() -> None:
    here, there = Region("here", 1, {"here": 2, "there": 80}), Region("there", 3, {"there": 2})
    came = come(Population(regions=(here, there), access=(10, 20)), Rate(0.2))
    assert sum(one.home == "there" for one in came) / len(came) == pytest.approx(0.75, abs=0.02)
    for one in came:
        rtt = one.players[0].rtt
        assert 12 <= rtt[one.home] <= 22
        assert set(rtt) == ({"here", "there"} if one.home == "here" else {"there"})


def test_what_tickets_say_has_the_shares_that_were_asked_for() -> None:
    came = come(MIXED, Rate(0.5))
    said = [one.says for one in came]
    assert sum(one["mode"] == "ranked" for one in said) / len(said) == pytest.approx(0.75, abs=0.01)
    assert sum("ice" in str(one["maps"]) for one in said) / len(said) == pytest.approx(
        0.1, abs=0.01
    )
    assert all(one["maps"] for one in said)
    assert all(0 <= float(str(one["ping"])) <= 100 for one in said)


def test_patience_and_answers_are_exponential_and_the_declined_match_is_geometric() -> None:
    came = come(Population(patience=100, answer=4, decline=0.2), Rate(0.5))
    assert statistics.fmean(one.patience for one in came) == pytest.approx(100, rel=0.03)
    assert statistics.fmean(one.answers_after for one in came) == pytest.approx(4, rel=0.03)
    first = sum(one.declines == 1 for one in came) / len(came)
    second = sum(one.declines == 2 for one in came) / len(came)
    assert (first, second) == (pytest.approx(0.2, abs=0.01), pytest.approx(0.16, abs=0.01))


def test_who_never_gives_up_waits_forever_and_who_never_declines_never_does() -> None:
    came = come(Population(patience=None, answer=0, decline=0), Rate(1), 50)
    assert {(one.patience, one.answers_after, one.declines) for one in came} == {(math.inf, 0, 0)}
    assert {one.declines for one in come(Population(decline=1), Rate(1), 50)} == {1}


def test_a_ticket_says_what_the_queue_asks_in_its_order() -> None:
    queue = Queue(
        "q",
        keys=("build", "mode"),
        rules=(Within("ping", Widening(5)), Overlap("maps", 2), Equal("voice")),
        expires_after=90,
    )
    one = replace(come(MIXED, Rate(1), 20)[0], says={"mode": "ranked", "ping": 3.0, "mood": "good"})
    ticket = one.ticket(queue)
    assert ticket.keys == ("any", "ranked")
    assert ticket.properties == {"ping": 3.0, "maps": ("any0", "any1"), "voice": "any"}
    assert (ticket.id, ticket.enqueued, ticket.expires) == (one.name, one.at, one.at + 90)
    assert properties({}, queue)["ping"] == 0.0
    assert unsaid(MIXED, queue) == ("build", "voice")


def test_bots_stand_in_for_people_and_come_without_end() -> None:
    some = list(itertools.islice(bots(MIXED, 1), 500))
    assert some == list(itertools.islice(bots(MIXED, 1), 500))
    assert all(len(one.players) == 1 and one.players[0].bot for one in some)
    assert len({one.name for one in some}) == 500
    assert {one.says["mode"] for one in some} == {"ranked", "casual"}
    assert all(one.patience == math.inf for one in some)
