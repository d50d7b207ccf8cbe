"""Tests of `nat.simulator.world`: how a world is built, and how it changes."""

import asyncio

import pytest

from nat import FULL_CONE, SYMMETRIC, DropReason
from nat.links import GilbertElliott, LinkQuality
from nat.simulator import Simulation, WorldError


@pytest.fixture
def sim():
    return Simulation()


async def ping(recorder, *targets, pause=1.0):
    """Send one packet to each target, and tell who answered."""
    before = len(recorder.received)
    for target in targets:
        recorder.transport.sendto(b"?", target)
    await asyncio.sleep(pause)
    return [source for _, source in recorder.received[before:]]


def test_every_setting_of_a_link_can_change_and_each_direction_for_itself(sim):
    host = sim.host("a")
    sim.link(host, loss=GilbertElliott(0.1, 0.5), mtu=1280)
    assert (host.port.up.quality.latency, host.port.down.quality.mtu) == (0.01, 1280)
    sim.link(host, up=LinkQuality(latency=1.0), jitter=0.5)
    assert (host.port.up.quality.latency, host.port.up.quality.jitter) == (1.0, 0.5)
    assert (host.port.down.quality.latency, host.port.down.quality.mtu) == (0.01, 1280)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"latency": -1}, "the link of a cannot be so: a link needs latency >= 0 s, got -1"),
        ({"speed": 1}, "speed"),
    ],
)
def test_an_impossible_link_is_refused_with_its_place(sim, changes, message):
    with pytest.raises(WorldError, match=message):
        sim.link(sim.host("a"), **changes)


def test_the_link_of_an_interface_is_its_own(sim):
    host = sim.host("a")
    host.attach(sim.nat("home", FULL_CONE), interface="wifi")
    sim.link(host, interface="wifi", latency=0.5)
    assert [port.quality.latency for port in host.ports] == [0.01, 0.5]
    with pytest.raises(KeyError, match="no interface 'eth1'; it has eth0, wifi"):
        sim.link(host, interface="eth1", latency=0.5)


def test_parted_places_do_not_hear_each_other_until_the_world_is_healed(sim, open_udp):
    homes = [sim.nat(name, FULL_CONE) for name in ("home-a", "home-b")]
    alice, bob = homes[0].host("alice"), homes[1].host("bob")
    server = sim.host("server")

    async def main():
        here, there = await open_udp(alice, 6), await open_udp(bob, 6, answer=bytes.upper)
        await open_udp(server, 5, answer=bytes.upper)
        there.transport.sendto(b"", ("server", 5))
        await asyncio.sleep(1)
        _, external = homes[1].translator.mappings(sim.now)[0][1:]
        targets = (external, ("server", 5))
        sim.partition([alice], [bob])
        parted = await ping(here, *targets)
        sim.heal()
        return parted, await ping(here, *targets), external

    parted, healed, external = sim.run(main())
    assert parted == [("198.51.100.1", 5)]
    assert sorted(healed) == [("198.51.100.1", 5), external]
    (drop,) = sim.dropped(reason=DropReason.LINK_DOWN)
    assert drop.detail == "home-a and home-b are parted on the internet"


def test_hosts_of_one_lan_are_parted_there_and_from_their_nat(sim, open_udp):
    home = sim.nat("home", FULL_CONE)
    alice, bob, server = home.host("alice"), home.host("bob"), sim.host("server")

    async def main():
        here = await open_udp(alice, 6)
        for host in (bob, server):
            await open_udp(host, 5, answer=bytes.upper)
        targets = ((bob.address, 5), (server.address, 5))
        before = await ping(here, *targets)
        sim.partition([alice], [bob])
        apart = await ping(here, *targets)
        sim.partition([home], [alice])
        return before, apart, await ping(here, *targets)

    before, apart, alone = sim.run(main())
    assert before == [("192.168.1.3", 5), ("198.51.100.1", 5)]
    assert apart == [("198.51.100.1", 5)]
    assert alone == []


def test_places_without_a_network_in_common_cannot_be_parted(sim):
    host = sim.host("a")
    with pytest.raises(WorldError, match="a and a have no network in common"):
        sim.partition([host], [host])


@pytest.mark.parametrize(
    ("lan", "message"),
    [("10.0.0.0/33", "not an IPv4 network"), ("10.0.0.0/31", "no room for a router and a host")],
)
def test_an_impossible_lan_is_refused(sim, lan, message):
    with pytest.raises(WorldError, match=message):
        sim.nat("home", SYMMETRIC, lan=lan)


def test_a_world_knows_its_places(sim):
    server = sim.host("server")
    home = sim.nat("home", FULL_CONE)
    alice = home.host("alice")
    assert sim.hosts == (server, alice)
    assert sim.nats == (home,)
