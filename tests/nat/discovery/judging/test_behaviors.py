"""What is not known counts as each of its answers."""

import pytest

from nat.choices import Blocking, Dependence, FilterScope, Sessions
from nat.discovery.findings import known, unknown
from nat.discovery.judging import behaviors_of
from nat.discovery.report import FamilyReport
from stunwire import Family

EI, AD, APD = Dependence
MODELS = [
    (FilterScope.MAPPING, Sessions.NONE),
    (FilterScope.MAPPING, Sessions.CONNTRACK),
    (FilterScope.ENDPOINT, Sessions.NONE),
]
PASSES = known(value=True, why="answered")


def test_what_is_known_is_one_behaviour() -> None:
    report = FamilyReport(Family.IPV4, udp=PASSES, mapping=known(EI, ""), filtering=known(APD, ""))
    (only,) = behaviors_of(report)
    assert only.short == "EI/APD"


def test_what_is_not_is_several() -> None:
    report = FamilyReport(
        Family.IPV4, udp=PASSES, mapping=unknown("", possible=(AD, APD)), filtering=known(EI, "")
    )
    found = {(each.mapping, each.filter_scope, each.sessions) for each in behaviors_of(report)}
    assert found == {(mapping, *model) for mapping in (AD, APD) for model in MODELS}


def test_nothing_known_is_everything() -> None:
    every = behaviors_of(FamilyReport(Family.IPV4))
    assert {each.short for each in every} == {
        f"{m.short}/{f.short}" for m in Dependence for f in Dependence
    }
    assert {each.blocking for each in every} == {Blocking.NONE, Blocking.UDP}


@pytest.mark.parametrize("blocked", [True, False])
def test_blocked_udp_is_one_behaviour(blocked: bool) -> None:
    report = FamilyReport(Family.IPV4, udp=known(value=not blocked, why=""))
    kinds = {each.blocking for each in behaviors_of(report)}
    assert kinds == {Blocking.UDP if blocked else Blocking.NONE}
