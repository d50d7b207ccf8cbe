"""A simulated NAT is diagnosed as what it is: golden tests of the whole tool."""

import pytest

import nat
from hairpin.diagnosis.simulated import EXTERNAL, Scene, diagnose
from nat import Behavior, Dependence, Pooling
from nat.discovery import FamilyReport, Outcome, Plan, Wish
from nat.discovery.judging import judge
from nat.discovery.plan import DEFAULT_WISHES

QUICK = Plan(wishes=frozenset({Wish.MAPPING, Wish.FILTERING}))
EI, AD, APD = Dependence


def found(scene: Scene, plan: Plan = QUICK) -> FamilyReport:
    (family,) = judge(diagnose(scene, plan)).families
    return family


@pytest.mark.parametrize("behavior", nat.ALL_NINE, ids=lambda behavior: behavior.short)
def test_all_nine_types_are_told_as_what_they_are(behavior: Behavior) -> None:
    family = found(Scene(home=behavior))
    assert (family.mapping.value, family.filtering.value) == (behavior.mapping, behavior.filtering)
    assert family.external == (EXTERNAL,)


def test_a_host_on_the_internet_has_no_nat() -> None:
    family = found(Scene(home=None))
    assert family.translated.value is False
    assert family.local == EXTERNAL


def test_a_carriers_nat_before_the_router_counts_too() -> None:
    family = found(Scene(home=nat.FULL_CONE, carrier=nat.SYMMETRIC))
    assert (family.mapping.value, family.filtering.value) == (APD, APD)


def test_loss_makes_no_wrong_answer() -> None:
    family = found(Scene(home=nat.RESTRICTED_CONE, loss=0.1, seed=3))
    assert family.mapping.value in {EI, None}
    assert family.filtering.value in {AD, None}


def test_pooling_has_two_addresses_to_choose_from() -> None:
    arbitrary = nat.behavior_from({"preset": "symmetric", "pooling": Pooling.ARBITRARY.value})
    family = found(Scene(home=arbitrary), Plan(wishes=DEFAULT_WISHES - {Wish.REACH, Wish.TURN}))
    assert set(family.external) == {EXTERNAL, "203.0.113.8"}


def test_the_same_seed_plays_the_same_and_nothing_is_read_off_the_real_world() -> None:
    one, other = (diagnose(Scene(home=nat.SYMMETRIC, seed=5), QUICK) for _ in range(2))
    assert one.transactions == other.transactions
    assert judge(one).verdict.outcome is Outcome.RELAY_NEEDED
