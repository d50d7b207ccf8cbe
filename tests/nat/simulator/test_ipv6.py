"""Tests of `nat.simulator.ipv6`: a stateful firewall and a NAT64."""

import asyncio
import dataclasses

import pytest

from nat import PORT_RESTRICTED_CONE, SYMMETRIC, DropReason
from nat.choices import PortMapping
from nat.firewall import SIMPLE_SECURITY, STRICT
from nat.simulator import Simulation, WorldError

HOME = "2001:db8:a::/64"
SERVER = "2001:db8:ffff::1"


@pytest.fixture
def sim():
    return Simulation()


def test_a_firewall_lets_answers_in_and_strangers_not_and_translates_nothing(sim, open_udp):
    home = sim.firewall("home", HOME)
    alice = home.host("alice")
    server, stranger = sim.host("server", SERVER), sim.host("stranger", "2001:db8:eeee::1")
    assert alice.address == "2001:db8:a::2"

    async def main():
        there = await open_udp(server, 5, answer=bytes.upper, address="::")
        here = await open_udp(alice, 6, address="::")
        here.transport.sendto(b"x", (SERVER, 5))
        await here.next()
        knock = await open_udp(stranger, 7, address="::")
        knock.transport.sendto(b"knock", (alice.address, 6))
        await asyncio.sleep(1)
        return there.received[0][1][:2], [data for data, _ in here.received]

    assert sim.run(main()) == (("2001:db8:a::2", 6), [b"X"])
    (drop,) = sim.dropped(home)
    assert drop.reason in {DropReason.FILTERED, DropReason.NO_MAPPING}


def test_simple_security_tells_strangers_that_they_are_not_wanted(sim, open_udp):
    home = sim.firewall("home", HOME, SIMPLE_SECURITY)
    alice, stranger = home.host("alice"), sim.host("stranger", SERVER)

    async def main():
        await open_udp(alice, 6, address="::")
        knock = await open_udp(stranger, remote=(alice.address, 6))
        knock.transport.sendto(b"knock")
        await asyncio.sleep(1)

    sim.run(main())
    assert [event.protocol.value for event in sim.trace if event.where == "stranger"][1:] == [
        "icmp"
    ]


def test_a_lan_with_a_nat_and_a_firewall_has_both_families(sim, open_udp):
    home = sim.nat("home", SYMMETRIC)
    six = sim.firewall("home6", HOME, lan=home)
    alice, server = home.host("alice"), sim.host("server", "198.51.100.1", addresses=(SERVER,))
    assert alice.addresses == ("192.168.1.2", "2001:db8:a::2")

    async def main():
        for address in ("0.0.0.0", "::"):
            await open_udp(server, 5, answer=bytes.upper, address=address)
        seen = []
        for target, address in (("198.51.100.1", "0.0.0.0"), (SERVER, "::")):
            here = await open_udp(alice, 0, address=address)
            here.transport.sendto(b"x", (target, 5))
            await here.next()
            seen.append(here.received[0][0])
        return seen

    assert sim.run(main()) == [b"X", b"X"]
    assert {event.where for event in sim.trace} == {"alice", "server", home.name, six.name}


def test_firewalls_can_be_nested_and_reboot(sim, open_udp):
    outer = sim.firewall("outer", "2001:db8:a::/56")
    inner = sim.firewall("inner", "2001:db8:a:1::/64", inside=outer)
    alice, server = inner.host("alice"), sim.host("server", SERVER)

    async def main():
        there = await open_udp(server, 5, address="::")
        here = await open_udp(alice, 6, address="::")
        here.transport.sendto(b"x", (SERVER, 5))
        await there.next()
        inner.reboot()
        there.transport.sendto(b"lost", (alice.address, 6))
        await asyncio.sleep(1)
        return here.received

    assert sim.run(main()) == []
    assert [drop.where for drop in sim.dropped()] == ["inner"]


def test_a_nat64_leads_hosts_without_ipv4_to_servers_that_have_nothing_else(sim, open_udp):
    mobile = sim.nat64("mobile", PORT_RESTRICTED_CONE)
    alice, server = mobile.host("alice"), sim.host("server")
    assert alice.addresses == ("2001:db8:64::2",)
    assert repr(mobile) == "<Nat64 mobile EI/APD 203.0.113.1>"

    async def main():
        there = await open_udp(server, 5, answer=bytes.upper)
        here = await open_udp(alice, 6, address="::")
        here.transport.sendto(b"x", (mobile.embed(server.address), 5))
        await here.next()
        return there.received[0][1][0], here.received[0][1][:2]

    assert sim.run(main()) == ("203.0.113.1", ("64:ff9b::c633:6401", 5))


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ("2001:db8:ffff::/64", "contains 2001:db8:ffff::1 of server"),
        ("2001:db8:b::/48", r"contains 2001:db8:b:1::/64 of other"),
        ("2001:db8::1/64", "is not a network"),
        ("2001:db8::/127", "no room for a router and a host"),
    ],
)
def test_an_impossible_prefix_is_refused(sim, prefix, message):
    sim.host("server", SERVER)
    sim.firewall("other", "2001:db8:b:1::/64")
    with pytest.raises(WorldError, match=message):
        sim.firewall("home", prefix)


def test_addresses_behind_a_firewall_are_on_no_other_network(sim):
    sim.firewall("home", HOME)
    with pytest.raises(WorldError, match=r"is in 2001:db8:a::/64, which is home's"):
        sim.host("server", "2001:db8:a::9")
    with pytest.raises(WorldError, match="not an IPv6 network"):
        sim.nat64("mobile", lan="10.0.0.0/8")
    with pytest.raises(WorldError, match="one of each family"):
        sim.firewall("more", "2001:db8:c::/64", lan=sim.firewall("other", "2001:db8:d::/64"))


@pytest.mark.parametrize(
    ("prefix", "spoken", "words"),
    [
        (HOME, PortMapping.NAT_PMP, "home opens pinholes in IPv6 by .*pcp.*, not by nat-pmp"),
        ("10.1.0.0/24", PortMapping.UPNP, "home opens pinholes in IPv4 by pcp, not by upnp"),
    ],
)
def test_a_firewall_opens_no_pinholes_by_a_protocol_that_has_none(sim, prefix, spoken, words):
    behavior = dataclasses.replace(STRICT, port_mapping=frozenset({spoken}))
    with pytest.raises(WorldError, match=words):
        sim.firewall("home", prefix, behavior)
