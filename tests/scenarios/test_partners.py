"""With whom one can connect directly: each cell of the table is what ICE finds, for every NAT of the lab.

The NATs are the nine types in the three models of what RFC 4787 leaves open, and the named ones.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Final

import pytest

import nat
from hairpin.lab.meeting import meet
from nat.behavior import Behavior
from nat.choices import Blocking, Dependence
from nat.discovery.findings import known
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
from nat.simulator import Host, Simulation
from nat.traversal import Model, compose, expect
from stunwire import Family

EI, _, APD = Dependence
YES, NO = known(value=True, why=""), known(value=False, why="")
HOME_ROUTER, STRICT = Behavior(EI, APD), Behavior(APD, APD)
SIX: Final = ("2001:db8:1::/64", "2001:db8:2::/64")


def ways(here: Behavior, *, six: bool = False) -> dict[str, Way]:
    """The table of one whose NAT is known in all that matters."""
    passes = here.blocking is Blocking.NONE
    whole = compose(here)
    four = FamilyReport(
        Family.IPV4,
        local="192.168.1.2",
        udp=YES if passes else NO,
        translated=YES,
        mapping=known(whole.mapping, ""),
        filtering=known(whole.filtering, ""),
        filter_scope=known(here.filter_scope, ""),
        sessions=known(here.sessions, ""),
        clashes=NO,
    )
    wall = FamilyReport(
        Family.IPV6,
        local="2001:db8:1::2",
        udp=YES,
        translated=NO,
        mapping=known(EI, ""),
        filtering=known(APD, ""),
    )
    found = partners_of(Situation((four, wall) if six else (four,)))
    assert all(each.reason for each in found)
    return {each.name: each.way for each in found}


def met(build: Callable[[Simulation], tuple[Host, Host]], *, asked: bool = True) -> bool:
    """Whether ICE finds a path without a relay."""
    simulation = Simulation(1, start_spread=0.0, trace_limit=0)
    server = simulation.host("server") if asked else None
    return meet(simulation, *build(simulation), with_relay=False, server=server).connected


@functools.cache
def through(here: Behavior, there: Behavior | None) -> bool:
    """Whether one behind a NAT meets one behind another, or on the internet."""

    def build(simulation: Simulation) -> tuple[Host, Host]:
        one = simulation.nat("here", here).host("one")
        other = simulation.nat("there", there) if there is not None else None
        return one, simulation.host("other") if other is None else other.host("other")

    return met(build)


def neighbours(here: Behavior) -> bool:
    """Whether two in one network meet, who ask nobody outside."""

    def build(simulation: Simulation) -> tuple[Host, Host]:
        home = simulation.nat("here", here)
        return home.host("one"), home.host("other")

    return met(build, asked=False)


@functools.cache
def over_ipv6(here: Behavior) -> bool:
    """Whether two meet of whom each has IPv6 behind a firewall; strict NATs leave nothing else."""

    def build(simulation: Simulation) -> tuple[Host, Host]:
        places = [simulation.nat(name, each) for name, each in (("here", here), ("there", STRICT))]
        for number, (place, prefix) in enumerate(zip(places, SIX, strict=True)):
            simulation.firewall(f"wall-{number}", prefix, lan=place)
        return places[0].host("one"), places[1].host("other")

    return met(build, asked=False)


def proven(way: Way, here: Behavior, there: Behavior, *, direct: bool) -> bool:
    """Whether a cell is so: what depends on something depends on the model of the other side."""
    match way:
        case Way.DIRECTLY:
            return direct
        case Way.THROUGH_A_RELAY:
            return not direct
        case Way.WITH_HELP:
            models = {expect(here, model.of(there)).direct for model in Model}
            return models == {True, False} and direct is expect(here, there).direct
    return False


@pytest.mark.parametrize("model", Model, ids=lambda one: one.value)
@pytest.mark.parametrize("plain", nat.ALL_NINE, ids=lambda one: one.short)
def test_what_the_table_says_of_a_home_and_of_a_strict_carrier_is_what_ice_finds(
    plain: Behavior, model: Model
) -> None:
    here = model.of(plain)
    table = ways(here)
    for name, there in ((HOME, HOME_ROUTER), (MOBILE, STRICT)):
        other = model.of(there)
        assert proven(table[name], here, other, direct=through(here, other)), (name, table[name])


@pytest.mark.parametrize("here", nat.ALL_NINE, ids=lambda one: one.short)
def test_what_it_says_of_the_others_is_what_ice_finds(here: Behavior) -> None:
    table = ways(here)
    blocked = dataclasses.replace(HOME_ROUTER, blocking=Blocking.UDP)
    assert (table[PUBLIC], through(here, None)) == (Way.DIRECTLY, True)
    assert (table[COMPANY], through(here, blocked)) == (Way.THROUGH_A_RELAY, False)
    assert (table[SAME], neighbours(here)) == (Way.DIRECTLY, True)
    assert (ways(here, six=True)[IPV6], over_ipv6(here)) == (Way.DIRECTLY, True)
    assert table[IPV6] is Way.THROUGH_A_RELAY


NAMED: Final = {
    name: each
    for name, each in nat.PRESETS.items()
    if compose(each) not in map(compose, nat.ALL_NINE)
}


@pytest.mark.parametrize("name", NAMED)
def test_it_is_so_for_named_nats_as_well(name: str) -> None:
    here = NAMED[name]
    table = ways(here)
    assert (table[PUBLIC] is Way.DIRECTLY) is through(here, None)
    assert (table[SAME], neighbours(here)) == (Way.DIRECTLY, True)
    for partner, there in ((HOME, HOME_ROUTER), (MOBILE, STRICT)):
        found = through(here, there)
        assert proven(table[partner], here, there, direct=found), (partner, table[partner])
