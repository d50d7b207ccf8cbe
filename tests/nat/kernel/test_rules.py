"""What a NAT does, as text for nftables: what is said, what is refused, and that the kernel takes it."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from nat.behavior import Behavior
from nat.choices import (
    Blocking,
    Dependence,
    Hairpinning,
    Kept,
    MidStream,
    PortAssignment,
    Unsolicited,
    UnsolicitedSyn,
)
from nat.kernel import Namespaces, NotExpressibleError
from nat.kernel.rules import parameters, rule_set
from nat.presets import ALL_NINE, LINUX_MASQUERADE, PRESETS

EI, AD, APD = Dependence
W = ("203.0.113.1",)


def expressible() -> Iterator[Behavior]:
    """Every combination of what is said in rules, and the presets."""
    for kind, hairpinning, ports in itertools.product(ALL_NINE, Hairpinning, PortAssignment):
        yield replace(kind, hairpinning=hairpinning, ports=ports)
    for unsolicited, syn in itertools.product(Unsolicited, UnsolicitedSyn):
        yield Behavior(EI, EI, unsolicited=unsolicited, unsolicited_syn=syn)
    for blocking, midstream in itertools.product(Blocking, MidStream):
        yield Behavior(EI, EI, blocking=blocking, midstream=midstream)
    yield from PRESETS.values()


def chain(rules: str, name: str, table: str = "nat_udp") -> str:
    """One chain of one table."""
    inside = rules.partition(f"table ip {table} {{")[2]
    return inside.partition(f"chain {name} {{")[2].partition("\n  }")[0]


@pytest.mark.parametrize("behavior", ALL_NINE, ids=lambda one: one.short)
def test_every_mapping_with_every_filtering_can_be_said(behavior: Behavior) -> None:
    assert rule_set(behavior, W)


def test_the_kernel_takes_every_rule_set(namespaces: Namespaces) -> None:
    router, texts = namespaces.create("router"), set()
    for number, behavior in enumerate(expressible()):
        with contextlib.suppress(NotExpressibleError):
            texts.add(rule_set(behavior, (*W, "203.0.113.2")[: 1 + number % 2]))
    assert len(texts) > 60
    for text in texts:
        router.nft(f"flush ruleset\n{text}")


def test_the_kernel_takes_the_parameters(namespaces: Namespaces) -> None:
    namespaces.create("router").sysctl(**parameters(LINUX_MASQUERADE))


@pytest.mark.parametrize(
    ("mapping", "key"),
    [
        (EI, "ip saddr . udp sport map @mapped"),
        (AD, "ip saddr . udp sport . ct original ip daddr map @mapped"),
    ],
)
def test_a_mapping_is_found_again_by_what_it_depends_on(mapping: Dependence, key: str) -> None:
    assert f"snat ip to {key}" in chain(rule_set(Behavior(mapping, APD), W), "assign")


def test_an_address_and_port_dependent_mapping_is_never_found_again() -> None:
    assert "@mapped" not in rule_set(Behavior(APD, APD), W)


@pytest.mark.parametrize(
    ("filtering", "rules"),
    [
        (EI, ['iifname "wan" dnat ip to ip daddr . udp dport map @inside']),
        (AD, ['iifname "wan" ip daddr . udp dport . ip saddr @contacts dnat ip to ip daddr . udp dport map @inside']),
        (APD, []),
    ],
)  # fmt: skip
def test_strangers_are_let_in_by_what_the_filter_depends_on(
    filtering: Dependence, rules: list[str]
) -> None:
    _, *found = chain(rule_set(Behavior(EI, filtering), W), "admit").strip().splitlines()
    assert [one.strip() for one in found] == rules


def test_tcp_is_translated_as_udp_is_with_its_own_lifetime() -> None:
    rules = rule_set(Behavior(EI, AD, mapping_lifetime=30, tcp_lifetime=600), W)
    udp, tcp = (rules.partition(f"table ip nat_{p} ")[2] for p in ("udp", "tcp"))
    assert "timeout 30s" in udp.partition("chain")[0]
    assert "timeout 600s" in tcp.partition("chain")[0]
    assert chain(rules, "admit", "nat_tcp") == chain(rules, "admit").replace("udp", "tcp")


def test_lifetimes_are_the_kernels_parameters_in_whole_seconds() -> None:
    said = parameters(Behavior(EI, EI, mapping_lifetime=29.5, tcp_lifetime=100))
    assert said["netfilter__nf_conntrack_udp_timeout"] == 30
    assert said["netfilter__nf_conntrack_udp_timeout_stream"] == 30
    assert said["netfilter__nf_conntrack_tcp_timeout_established"] == 100


def test_a_host_keeps_its_external_address_among_several() -> None:
    assign = chain(rule_set(Behavior(EI, EI), ("203.0.113.1", "203.0.113.2")), "assign")
    assert "jhash ip saddr mod 2 0 snat ip to 203.0.113.1:" in assign
    assert "jhash ip saddr mod 2 1 snat ip to 203.0.113.2:" in assign


def test_unsolicited_packets_to_the_router_are_dropped_not_accepted() -> None:
    """Accepted, they would be sessions that take the port from the mapping."""
    receive = chain(rule_set(Behavior(EI, APD), W), "receive", "nat_router")
    assert receive.rstrip().splitlines()[-2].strip() == 'iifname "wan" drop'


def test_a_port_is_kept_where_it_is_free_or_even_where_it_is_not() -> None:
    preserving, overloading = (
        chain(rule_set(Behavior(APD, APD, ports, port_range=(2000, 3000)), W), "assign")
        for ports in (PortAssignment.PRESERVING, PortAssignment.OVERLOADING)
    )
    kept = "udp sport 2000-3000{} snat ip to 203.0.113.1\n"
    assert kept.format(" udp sport != @taken0") in preserving
    assert kept.format("") in overloading
    assert "snat ip to 203.0.113.1:2000-3000 fully-random" in preserving


@pytest.mark.parametrize("ports", [PortAssignment.RANDOM, PortAssignment.OVERLOADING])
def test_well_known_ports_stay_among_themselves(ports: PortAssignment) -> None:
    """RFC 4787 REQ-3a."""
    behavior = Behavior(EI, APD, ports, well_known=Kept.IF_POSSIBLE)
    assign = chain(rule_set(behavior, W), "assign")
    assert "udp sport 1-1023 snat ip to 203.0.113.1:1-1023 fully-random" in assign
    kept = "udp sport 1-1023 snat ip to 203.0.113.1\n" in assign
    assert kept == (ports is PortAssignment.OVERLOADING)


@pytest.mark.parametrize(
    ("unsolicited", "rule"),
    [
        (Unsolicited.DROP, None),
        (Unsolicited.CLASH, "meta l4proto udp accept"),
        (Unsolicited.ICMP, "meta l4proto udp reject with icmp type port-unreachable"),
    ],
)
def test_unsolicited_datagrams_are_dropped_accepted_or_answered(
    unsolicited: Unsolicited, rule: str | None
) -> None:
    receive = chain(
        rule_set(Behavior(EI, APD, unsolicited=unsolicited), W), "receive", "nat_router"
    )
    assert ("udp" in receive) == (rule is not None)
    assert rule is None or rule in receive


@pytest.mark.parametrize(
    ("behavior", "rule"),
    [
        (Behavior(EI, EI, blocking=Blocking.UDP), 'iifname "lan" meta l4proto udp drop'),
        (Behavior(EI, EI, blocking=Blocking.ALL_BUT_WEB), "tcp dport != { 80, 443 } drop"),
        (Behavior(EI, EI, midstream=MidStream.DROPPED), "ct state invalid drop"),
    ],
)
def test_what_is_not_to_pass_is_dropped_on_the_way_through(behavior: Behavior, rule: str) -> None:
    assert rule in chain(rule_set(behavior, W), "pass", "nat_router")


def test_linux_as_it_comes_needs_nothing_learned_to_keep_a_port() -> None:
    rules = rule_set(LINUX_MASQUERADE, W)
    assert "@mapped" not in rules
    assert "snat ip to 203.0.113.1\n" in chain(rules, "assign")
    said = parameters(LINUX_MASQUERADE)
    assert said["netfilter__nf_conntrack_udp_timeout"] == 30
    assert said["netfilter__nf_conntrack_udp_timeout_stream"] == 120
    assert said["netfilter__nf_conntrack_tcp_timeout_close"] == 120
