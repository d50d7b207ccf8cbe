"""Foundations, priorities and what is redundant."""

import itertools
from typing import Any

import pytest

from peer import Configuration, IceTransportPolicy
from peer.engine.localcandidates import LocalCandidates

BASE = ("192.0.2.1", 5000)
OTHER = ("192.0.2.2", 5000)
MAPPED = ("203.0.113.9", 700)
RELAYED = ("198.51.100.1", 600)
ONE, TWO = ("198.51.100.1", 3478), ("198.51.100.2", 3478)


@pytest.fixture
def make() -> LocalCandidates:
    return LocalCandidates(Configuration(), relay_only=False)


@pytest.fixture
def stun(servers: Any) -> Any:
    return servers("stun:a")[0]


@pytest.fixture
def turn(servers: Any) -> Any:
    return {
        one.url: one
        for one in servers(
            "turn:a", "turn:a?transport=tcp", "turns:a", username="u", credential="p"
        )
    }


def test_a_foundation_is_shared_by_the_same_type_base_and_server_alone(
    make: LocalCandidates, stun: Any
) -> None:
    """RFC 8445 §5.1.1.3."""
    hosts = [make.host(base, index).own for index, base in enumerate((BASE, OTHER))]
    asked = [
        make.reflexive(host, MAPPED, stun, server, 0).own for host in hosts for server in (ONE, TWO)
    ]
    same = make.reflexive(hosts[0], ("203.0.113.9", 701), stun, ONE, 1).own
    foundations = [candidate.foundation for candidate in (*hosts, *asked)]
    assert len(set(foundations)) == 6
    assert same.foundation == asked[0].foundation


def test_every_priority_is_its_own_and_types_keep_their_order(
    make: LocalCandidates, stun: Any, turn: Any
) -> None:
    hosts = [make.host((f"192.0.2.{n}", 5000), n).own for n in range(20)]
    reflexive = [
        make.reflexive(host, MAPPED, stun, ONE, index).own for index in range(10) for host in hosts
    ]
    relayed = [
        make.relayed(address, MAPPED, server, ONE, index).own
        for server in turn.values()
        for index in range(10)
        for address in (("2001:db8::1", 600), RELAYED)
    ]
    priorities = [candidate.priority for candidate in (*hosts, *reflexive, *relayed)]
    assert len(set(priorities)) == len(priorities)
    assert priorities == sorted(priorities, reverse=True)
    assert all(0 < priority < 1 << 31 for priority in priorities)


def test_what_a_second_server_says_the_same_is_redundant(make: LocalCandidates, stun: Any) -> None:
    """RFC 8445 §5.1.3."""
    host, other = (make.host(base, index).own for index, base in enumerate((BASE, OTHER)))
    told = [
        make.reflexive(host, MAPPED, stun, ONE, 0).told,
        make.reflexive(host, MAPPED, stun, TWO, 1).told,
        make.reflexive(other, MAPPED, stun, TWO, 1).told,
        make.reflexive(host, BASE, stun, ONE, 0).told,
    ]
    assert [candidate.told for candidate in told] == [True, False, True, False]


@pytest.mark.parametrize(
    ("settings", "withheld", "shown"),
    [
        ({}, False, "raddr 192.0.2.1 rport 5000"),
        ({"policy": IceTransportPolicy.NO_HOST}, True, "raddr 0.0.0.0 rport 9"),
        ({"mdns": True}, False, "raddr 0.0.0.0 rport 9"),
    ],
)
def test_an_address_that_is_kept_back_is_in_no_line(
    settings: dict[str, Any], withheld: bool, shown: str, stun: Any
) -> None:
    make = LocalCandidates(Configuration(**settings), relay_only=False)
    name = "name.local" if "mdns" in settings else None
    host = make.host(BASE, 0, name)
    assert host.told.withheld is withheld
    reflexive = make.reflexive(host.own, MAPPED, stun, ONE, 0).told
    assert reflexive.line.endswith(shown)
    assert reflexive.base == BASE
    assert (BASE[0] in host.told.line) == (name is None)


def test_under_a_name_the_host_is_paired_by_its_address(stun: Any) -> None:
    make = LocalCandidates(Configuration(mdns=True), relay_only=False)
    host = make.host(BASE, 0, "name.local")
    assert (host.own.host, host.public.host, host.public.port) == (BASE[0], "0.0.0.0", 9)
    assert host.told.address == BASE
    assert " name.local 5000 typ host" in host.told.line
    # Without a NAT the reflexive address is the only way for the remote to learn of it.
    assert make.reflexive(host.own, BASE, stun, ONE, 0).told.told


def test_relay_only_hides_where_the_relay_sees_us(turn: Any) -> None:
    make = LocalCandidates(Configuration(), relay_only=True)
    lines = [
        make.relayed(address, MAPPED, turn["turn:a"], ONE, 0).told.line
        for address in (RELAYED, ("2001:db8::1", 600))
    ]
    assert [line.partition("raddr ")[2] for line in lines] == ["0.0.0.0 rport 9", ":: rport 9"]


def test_a_relay_over_udp_is_better_than_one_over_tcp(make: LocalCandidates, turn: Any) -> None:
    found = [
        make.relayed(RELAYED, MAPPED, turn[url], ONE, index).own.priority
        for index, url in enumerate(("turn:a", "turn:a?transport=tcp", "turns:a"))
    ]
    assert all(better > worse for better, worse in itertools.pairwise(found))
