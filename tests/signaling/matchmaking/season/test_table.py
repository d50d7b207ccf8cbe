"""The queue in virtual time: whoever comes is matched, gives up, is asked and answers, each at its second."""

import itertools
import math
from dataclasses import replace

import pytest

from signaling.matchmaking.configuration.queues import Queue, Widening
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.season.arrivals import Arrival, bots
from signaling.matchmaking.season.population import Population
from signaling.matchmaking.season.records import Ending, Season
from signaling.matchmaking.season.table import Table
from signaling.matchmaking.tickets import Player

DUEL = Queue("duel", rating=Widening(100, 10, 5, 1000))
ASKING = replace(DUEL, accept_within=10.0)


def one(name: str, at: float, rating: float = 1500, **more: float) -> Arrival:
    players = (Player(name, name, rating=rating),)
    declines = int(more.pop("declines", 0))
    patience = more.pop("patience", math.inf)
    return Arrival(name, at, players, "here", {}, patience, more.pop("answers", 0), declines)


def season(
    queue: Queue,
    *come: Arrival,
    until: float = 1000,
    bots_there: int = 0,
) -> Season:
    table = Table(queue)
    table.stand_by(bots(Population(), 1), bots_there)
    for arrival in come:
        table.run_until(arrival.at)
        table.arrive(arrival)
    table.run_until(until)
    table.note(until)
    return table.close(until)


def ends(played: Season) -> list[tuple[str, float, Ending]]:
    return [(fate.ticket, round(fate.waited, 2), fate.ending) for fate in played.fates]


def test_two_who_fit_are_matched_when_the_second_comes() -> None:
    played = season(DUEL, one("a", 1.0), one("b", 4.5))
    assert ends(played) == [("a", 3.5, Ending.MATCHED), ("b", 0, Ending.MATCHED)]
    assert [match.at for match in played.matches] == [4.5]


def test_a_window_that_widens_is_looked_at_once_a_second() -> None:
    """300 points apart: 100 + 10 for each second after 5 is enough after 25."""
    played = season(DUEL, one("a", 0.5, 1500), one("b", 0.7, 1800))
    waited = [waited for _, waited, _ in ends(played)]
    assert 25 <= waited[1] <= 26.1
    assert played.ticks < 30


def test_who_loses_patience_leaves_and_the_queue_gives_up_who_waits_too_long() -> None:
    played = season(DUEL, one("a", 1, patience=7), one("b", 20))
    assert ends(played) == [("a", 7, Ending.GAVE_UP), ("b", 600, Ending.EXPIRED)]


def test_who_waits_in_the_end_is_counted_as_waiting() -> None:
    assert ends(season(DUEL, one("a", 1), until=31)) == [("a", 30, Ending.WAITING)]


def test_why_somebody_waits_for_long_is_asked() -> None:
    assert season(DUEL, one("a", 1), until=31).reasons == {Blocked.ALONE: 1}
    assert season(DUEL, one("a", 1), until=30).reasons == {}


def test_a_party_that_is_too_large_and_whoever_finds_the_queue_full_are_refused() -> None:
    friends = replace(one("p", 1), players=(Player("x", "x"), Player("y", "y")))
    full = replace(DUEL, most_waiting=1)
    assert ends(season(DUEL, friends)) == [("p", 0, Ending.REFUSED)]
    refused = season(full, one("a", 1, 0), one("b", 2, 3000), until=10)
    assert ends(refused) == [("a", 9, Ending.WAITING), ("b", 0, Ending.REFUSED)]


def test_a_match_begins_when_the_slowest_has_said_yes() -> None:
    played = season(ASKING, one("a", 1, answers=2), one("b", 3, answers=5))
    assert ends(played) == [("a", 7, Ending.MATCHED), ("b", 5, Ending.MATCHED)]
    assert played.aborted == 0


@pytest.mark.parametrize(
    ("unwilling", "after"),
    [(one("b", 3, answers=4, declines=1), 4), (one("b", 3, answers=11), 10)],
    ids=["says no", "says nothing"],
)
def test_who_does_not_want_a_match_is_dropped_and_the_other_keeps_its_age(
    unwilling: Arrival, after: float
) -> None:
    played = season(ASKING, one("a", 1), unwilling, one("c", 30))
    assert ends(played) == [
        ("a", 29, Ending.MATCHED),
        ("b", after, Ending.DECLINED),
        ("c", 0, Ending.MATCHED),
    ]
    assert played.aborted == 1


def test_the_first_no_ends_a_match_and_who_would_have_said_no_later_waits_again() -> None:
    soon, late = one("a", 1, answers=1, declines=1), one("b", 1, answers=3, declines=1)
    played = season(ASKING, soon, late, one("c", 20, answers=1))
    assert ends(played)[:2] == [("a", 1, Ending.DECLINED), ("b", 22, Ending.DECLINED)]
    assert played.aborted == 2


def test_who_lost_patience_while_it_was_asked_leaves_when_the_match_comes_to_nothing() -> None:
    asked = one("a", 1, patience=4)
    declined = season(ASKING, asked, one("b", 2, answers=6, declines=1))
    assert ends(declined)[0] == ("a", 7, Ending.GAVE_UP)
    accepted = season(ASKING, asked, one("b", 2, answers=6))
    assert ends(accepted)[0] == ("a", 7, Ending.MATCHED)


def test_bots_play_with_who_has_waited_and_never_run_out() -> None:
    queue = replace(DUEL, rating=None, bots_after=20.0)
    played = season(queue, *(one(f"t{n}", 100 * n) for n in range(1, 6)), bots_there=2)
    assert {ending for _, _, ending in ends(played)} == {Ending.MATCHED}
    assert all(20 <= waited <= 21 for _, waited, _ in ends(played))
    assert [(match.players, match.bots) for match in played.matches] == [(1, 1)] * 5
    names = [name for match in played.matches for team in match.tickets for name in team]
    assert len(set(names)) == 10


def test_bots_alone_keep_nobody_busy() -> None:
    assert season(replace(DUEL, bots_after=5.0), bots_there=4).ticks == 0


def test_a_rule_of_the_operators_own_is_asked() -> None:
    table = Table(DUEL, hook=lambda _: False)
    for arrival, _ in zip((one("a", 1), one("b", 2)), itertools.count(), strict=False):
        table.run_until(arrival.at)
        table.arrive(arrival)
    table.run_until(30)
    assert {fate.ending for fate in table.close(30).fates} == {Ending.WAITING}
