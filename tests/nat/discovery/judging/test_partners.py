"""The table says `directly` only where every behaviour that is left, and every model, agrees."""

import pytest

from nat.choices import Dependence, Hairpinning, PortMapping, Sessions
from nat.discovery.findings import Finding, known, unknown
from nat.discovery.judging.partners import (
    COMPANY,
    HOME,
    IPV6,
    MOBILE,
    PUBLIC,
    SAME,
    Situation,
    partners_of,
)
from nat.discovery.report import FamilyReport, Way
from stunwire import Family

EI, AD, APD = Dependence
DIRECT, HELP, RELAY, UNKNOWN = Way.DIRECTLY, Way.WITH_HELP, Way.THROUGH_A_RELAY, Way.UNKNOWN


def here(
    mapping: Dependence | None, filtering: Dependence | None, **more: Finding[object]
) -> FamilyReport:
    return FamilyReport(
        Family.IPV4,
        local="192.168.1.2",
        udp=known(value=True, why=""),
        translated=known(value=True, why=""),
        mapping=unknown("lost") if mapping is None else known(mapping, ""),
        filtering=unknown("lost") if filtering is None else known(filtering, ""),
        **more,  # type: ignore[arg-type]
    )


def ways(situation: Situation) -> dict[str, Way]:
    return {each.name: each.way for each in partners_of(situation)}


@pytest.mark.parametrize(
    ("mapping", "filtering", "home", "mobile"),
    [
        (EI, EI, DIRECT, DIRECT),
        (EI, AD, DIRECT, DIRECT),
        (EI, APD, DIRECT, RELAY),
        (EI, None, DIRECT, UNKNOWN),
        (AD, EI, HELP, HELP),
        (AD, AD, RELAY, RELAY),
        (APD, EI, HELP, HELP),
        (APD, APD, RELAY, RELAY),
        (APD, None, UNKNOWN, UNKNOWN),
        (None, APD, UNKNOWN, RELAY),
        (None, None, UNKNOWN, UNKNOWN),
    ],
)
def test_the_table_follows_from_the_truth_table(
    mapping: Dependence | None, filtering: Dependence | None, home: Way, mobile: Way
) -> None:
    found = ways(Situation((here(mapping, filtering),)))
    assert (found[HOME], found[MOBILE]) == (home, mobile)
    assert (found[COMPANY], found[PUBLIC], found[SAME]) == (RELAY, DIRECT, DIRECT)
    assert found[IPV6] is RELAY


@pytest.mark.parametrize(
    ("sessions", "way"), [(Sessions.NONE, RELAY), (Sessions.CONNTRACK, DIRECT)]
)
def test_a_model_that_was_measured_decides(sessions: Sessions, way: Way) -> None:
    found = ways(Situation((here(APD, EI, sessions=known(sessions, "")),)))
    assert found[HOME] is way


def test_the_clash_makes_it_depend_on_who_comes_first() -> None:
    found = ways(Situation((here(EI, APD, clashes=known(value=True, why="")),)))
    assert found[HOME] is HELP


def test_a_port_that_can_be_opened_helps() -> None:
    found = ways(Situation((here(EI, APD),), openable=(PortMapping.UPNP,)))
    assert found[MOBILE] is HELP


def test_blocked_udp_leaves_a_relay_or_nothing() -> None:
    blocked = FamilyReport(Family.IPV4, local="10.0.0.2", udp=known(value=False, why=""))
    assert ways(Situation((blocked,)))[HOME] is RELAY
    assert ways(Situation((blocked,), relayed=False))[HOME] is Way.NOT_AT_ALL
    assert ways(Situation((blocked,)))[PUBLIC] is RELAY


def test_ipv6_behind_a_firewall_meets_ipv6() -> None:
    six = FamilyReport(
        Family.IPV6,
        local="2001:db8::2",
        udp=known(value=True, why=""),
        translated=known(value=False, why=""),
        mapping=known(EI, ""),
        filtering=known(APD, ""),
    )
    found = ways(Situation((here(APD, APD), six)))
    assert (found[HOME], found[IPV6]) == (RELAY, DIRECT)


@pytest.mark.parametrize("kind", Hairpinning)
def test_whether_two_subnets_meet_by_hairpinning_is_said_in_words(kind: Hairpinning) -> None:
    found = partners_of(Situation((here(EI, APD, hairpinning=known(kind, "")),)))
    (reason,) = (each.reason for each in found if each.name == SAME)
    does = kind is not Hairpinning.NONE
    assert ("behind this NAT by hairpinning" in reason) is does
    assert ("behind this NAT not so, as it does no hairpinning" in reason) is not does
