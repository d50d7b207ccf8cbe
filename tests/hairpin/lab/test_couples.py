"""Couples drawn from a mix: the same for the same seed, played behind nested NATs, counted."""

import math

import pytest

import nat
from hairpin.lab import mix
from hairpin.lab.couples import Couple, Met, count, draw, play
from hairpin.lab.mix import Place

HOME = Place("home", (nat.PORT_RESTRICTED_CONE,), 0.010)
CARRIER = Place("carrier", (nat.PORT_RESTRICTED_CONE, nat.SYMMETRIC), 0.015)
OPEN = Place("server", (), 0.005)


def test_the_same_seed_draws_the_same_couples_and_more_of_them_begin_with_the_same() -> None:
    made = mix.read(None)
    assert draw(made, 20, seed=3) == draw(made, 40, seed=3)[:20]
    assert draw(made, 20, seed=3) != draw(made, 20, seed=4)


@pytest.mark.parametrize(
    ("one", "other", "direct"),
    [(HOME, HOME, True), (HOME, CARRIER, False), (CARRIER, OPEN, True), (OPEN, OPEN, True)],
)
def test_a_couple_meets_as_the_rule_of_composed_nats_says(
    one: Place, other: Place, direct: bool
) -> None:
    met = play(Couple((one, other), seed=1))
    assert (met.direct, met.expected) == (direct, direct)
    assert met.kinds == (one.kind, other.kind)


def test_couples_are_counted_with_their_share_doubt_and_times() -> None:
    met = [Met(("a", "b"), direct=True, expected=True, elapsed=n / 100) for n in range(1, 76)]
    met += [Met(("a", "b"), direct=False, expected=True, elapsed=5.0)] * 25
    group = count(met)
    assert (group.couples, group.direct, group.unexpected) == (100, 75, 25)
    assert group.share == 0.75
    assert group.doubt == pytest.approx(0.0849, abs=0.001)
    assert group.median == 0.38
    assert group.p95 == pytest.approx(0.713)


def test_of_nobody_nothing_is_claimed() -> None:
    group = count([])
    assert math.isnan(group.share)
    assert math.isnan(group.doubt)
    assert group.median is group.p95 is None
