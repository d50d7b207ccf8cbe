"""Tests of `nat.discovery.gatewaying`: what a gateway says when it is asked, and that nothing is opened."""

import dataclasses

import pytest

from nat import PORT_RESTRICTED_CONE
from nat.choices import PortMapping
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import collect
from nat.discovery.evidence import Wish, decode, encode
from nat.discovery.plan import Plan
from nat.firewall import STRICT
from nat.portmap import NoGatewayError
from nat.portmap.choosing import ORDER6
from tests.nat.discovery.homes import GATEWAY6, Home

GATEWAY, EXTERNAL = "192.168.1.1", "203.0.113.1"


def ask(spoken, *, interface="", behavior=PORT_RESTRICTED_CONE):
    """The probes by protocol, how long it took, and what is open afterwards."""
    home = Home(dataclasses.replace(behavior, port_mapping=frozenset(spoken)))
    plan = Plan(wishes=frozenset({Wish.GATEWAY}), interface=interface)
    evidence = home.run(collect(plan, AsyncioNetwork()))
    assert decode(encode(evidence)) == evidence
    assert home.nat.translator.explicit_mappings(home.simulation.now) == ()
    return {one.protocol: one for one in evidence.gateways}, evidence.elapsed


def test_a_gateway_that_speaks_all_answers_all_and_opens_nothing() -> None:
    probes, took = ask(PortMapping)
    assert {one.gateway for one in probes.values()} == {GATEWAY}
    assert all(one.answered_at >= one.asked_at and not one.failure for one in probes.values())
    assert probes[PortMapping.NAT_PMP].external == EXTERNAL
    assert probes[PortMapping.UPNP].external == EXTERNAL
    assert probes[PortMapping.UPNP].device == "A NAT of the Hairpin lab"
    assert probes[PortMapping.PCP].external is None
    assert took < 0.5


def test_what_tells_the_router_from_others_is_written_down_even_if_it_speaks_nothing() -> None:
    home = Home(PORT_RESTRICTED_CONE)
    plan = Plan(wishes=frozenset({Wish.GATEWAY}))
    assert home.run(collect(plan, AsyncioNetwork())).gateway_print is not None
    assert home.run(collect(Plan(wishes=frozenset()), AsyncioNetwork())).gateway_print is None


@pytest.mark.parametrize("spoken", PortMapping)
def test_one_that_speaks_one_is_told_from_silence(spoken) -> None:
    probes, took = ask([spoken])
    assert probes[spoken].answered_at is not None
    assert [name for name, one in probes.items() if not one.failure] == [spoken]
    assert took <= 2.1


@pytest.mark.parametrize(
    ("spoken", "other"),
    [
        (PortMapping.PCP, PortMapping.NAT_PMP),
        (PortMapping.NAT_PMP, PortMapping.PCP),
    ],
)
def test_that_it_does_not_speak_another_is_an_answer_too(spoken, other) -> None:
    probes, _ = ask([spoken])
    assert probes[other].answered_at is not None
    assert "does not speak" in probes[other].failure


def test_one_that_speaks_none_is_silent_and_that_is_no_refusal() -> None:
    probes, took = ask([])
    assert len(probes) == 3
    assert all(one.answered_at is None and one.result is None for one in probes.values())
    assert took <= 2.1


def test_it_is_asked_through_the_interface_that_was_chosen() -> None:
    probes, _ = ask(PortMapping, interface="eth0")
    assert all(one.answered_at is not None for one in probes.values())


def test_a_machine_on_the_internet_has_no_gateway_to_ask() -> None:
    home = Home(None)
    plan = Plan(wishes=frozenset({Wish.GATEWAY}))
    evidence = home.run(collect(plan, AsyncioNetwork()))
    assert evidence.gateway is None
    assert {one.gateway for one in evidence.gateways} == {None}
    assert "no default router" in " ".join(one.failure for one in evidence.gateways)


def ask6(spoken, *, firewall=STRICT, interface=""):
    """The probes of IPv6 by protocol, all evidence, and what is open afterwards."""
    home = Home(dataclasses.replace(PORT_RESTRICTED_CONE, port_mapping=frozenset(PortMapping)))
    home.add_ipv6(dataclasses.replace(firewall, port_mapping=frozenset(spoken)))
    plan = Plan(wishes=frozenset({Wish.GATEWAY}), interface=interface)
    evidence = home.run(collect(plan, AsyncioNetwork()))
    assert decode(encode(evidence)) == evidence
    assert home.firewall.state.explicit_mappings(home.simulation.now) == ()
    return {one.protocol: one for one in evidence.firewalls}, evidence


@pytest.mark.parametrize("interface", ["", "eth0"])
def test_a_router_of_ipv6_is_asked_for_pinholes_beside_the_nat(interface) -> None:
    probes, evidence = ask6(ORDER6, interface=interface)
    assert set(probes) == set(ORDER6)
    assert {(one.gateway, one.failure) for one in probes.values()} == {(GATEWAY6, "")}
    assert all(one.answered_at is not None for one in probes.values())
    assert (evidence.gateway6, len(evidence.gateways)) == (GATEWAY6, 3)
    assert {one.gateway for one in evidence.gateways} == {GATEWAY}


def test_a_router_of_ipv6_that_opens_no_pinholes_by_one_protocol_is_told_from_one_that_does() -> (
    None
):
    probes, _ = ask6([PortMapping.PCP])
    assert probes[PortMapping.PCP].answered_at is not None
    assert probes[PortMapping.UPNP].answered_at is None


def test_without_a_router_of_ipv6_that_answers_nobody_is_asked_for_pinholes() -> None:
    probes, evidence = ask6([])
    assert (probes, evidence.gateway6) == ({}, None)


def test_an_address_of_the_link_alone_is_no_reason_to_ask(monkeypatch) -> None:
    async def nowhere(network):
        raise NoGatewayError("this machine has fe80::2 alone")

    for module in ("pcpclient", "pinholeclient"):
        monkeypatch.setattr(f"nat.portmap.{module}.own_address", nowhere)
    assert ask6(ORDER6)[0] == {}
