"""Tests of `nat.simulator.nats`: a NAT between two segments, and the LAN behind it."""

import asyncio
import dataclasses

import pytest

from nat import (
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    SYMMETRIC,
    Address,
    Behavior,
    Dependence,
    DropReason,
    Hairpinning,
    Packet,
    Protocol,
    UnsolicitedSyn,
)
from nat.simulator import Simulation, Verdict, WorldError


@pytest.fixture
def sim():
    return Simulation()


def test_the_outside_sees_the_nat_and_answers_come_back(sim, open_udp):
    server = sim.host("server", "198.51.100.1")
    home = sim.nat("home", PORT_RESTRICTED_CONE, external="203.0.113.5")
    alice = home.host("alice")

    async def main():
        there = await open_udp(server, 5, answer=bytes.upper)
        here = await open_udp(alice, 6)
        here.transport.sendto(b"x", ("server", 5))
        return await here.next(), there.received

    answer, seen = sim.run(main())
    assert answer == (b"X", ("198.51.100.1", 5))
    assert seen[0][1][0] == "203.0.113.5"
    assert seen[0][1][1] != 6
    assert alice.address == "192.168.1.2"


def test_a_stranger_is_kept_out_and_the_nat_says_why(sim, open_udp):
    server, stranger = sim.host("server", "198.51.100.1"), sim.host("stranger", "198.51.100.9")
    home = sim.nat("home", PORT_RESTRICTED_CONE)
    alice = home.host("alice")

    async def main():
        there = await open_udp(server, 5)
        here = await open_udp(alice)
        here.transport.sendto(b"x", ("server", 5))
        _, mapped = await there.next()
        knock = await open_udp(stranger, 7)
        knock.transport.sendto(b"knock", mapped)
        await asyncio.sleep(1)
        return here.received, mapped

    received, mapped = sim.run(main())
    assert received == []
    (drop,) = sim.dropped(home, DropReason.FILTERED)
    assert (drop.source, drop.destination) == (("198.51.100.9", 7), mapped)
    assert "has never sent to 198.51.100.9:7" in sim.explain()


def test_hosts_of_one_lan_talk_past_their_nat(sim, open_udp):
    home = sim.nat("home", SYMMETRIC)
    alice, bob = home.host("alice"), home.host("bob", "192.168.1.77")

    async def main():
        there, here = await open_udp(bob, 5), await open_udp(alice, 6)
        here.transport.sendto(b"x", ("192.168.1.77", 5))
        return await there.next()

    assert sim.run(main()) == (b"x", ("192.168.1.2", 6))
    assert "home" not in {event.where for event in sim.trace}
    assert sim.now == 0.001


def test_two_lans_may_have_the_same_addresses(sim, open_udp):
    alice = sim.nat("home-a", FULL_CONE).host("alice")
    bob = sim.nat("home-b", FULL_CONE).host("bob")
    server = sim.host("server")
    assert alice.address == bob.address

    async def main():
        there = await open_udp(server, 5, answer=bytes.upper)
        one, other = await open_udp(alice, 6), await open_udp(bob, 6)
        one.transport.sendto(b"a", ("server", 5))
        other.transport.sendto(b"b", ("server", 5))
        await one.next(), await other.next()
        return [one.received[0][0], other.received[0][0]], {addr for _, addr in there.received}

    answers, seen = sim.run(main())
    assert answers == [b"A", b"B"]
    assert len(seen) == 2


@pytest.mark.parametrize(("hairpinning", "arrives"), [(one, one.value) for one in Hairpinning])
def test_a_packet_to_the_own_nat_is_turned_back_only_if_it_hairpins(
    sim, open_udp, hairpinning, arrives
):
    home = sim.nat("home", dataclasses.replace(FULL_CONE, hairpinning=hairpinning))
    alice, bob, server = home.host("alice"), home.host("bob"), sim.host("server")

    async def main():
        there = await open_udp(server, 5)
        a, b = await open_udp(alice, 6), await open_udp(bob, 7)
        a.transport.sendto(b"x", ("server", 5))
        _, mapped = await there.next()
        b.transport.sendto(b"hello", mapped)
        await asyncio.sleep(1)
        return [addr[0] for _, addr in a.received]

    expected = {
        Hairpinning.NONE: [],
        Hairpinning.INTERNAL_SOURCE: [bob.address],
        Hairpinning.EXTERNAL_SOURCE: [home.external[0]],
    }
    assert sim.run(main()) == expected[hairpinning]


def test_nats_can_be_nested(sim, open_udp):
    carrier = sim.nat("carrier", FULL_CONE, external="203.0.113.9", lan="100.64.0.0/10")
    home = sim.nat("home", SYMMETRIC, inside=carrier)
    alice, server = home.host("alice"), sim.host("server")
    assert home.external == ("100.64.0.2",)

    async def main():
        there = await open_udp(server, 5, answer=bytes.upper)
        here = await open_udp(alice)
        here.transport.sendto(b"x", ("server", 5))
        await here.next()
        return there.received[0][1][0]

    assert sim.run(main()) == "203.0.113.9"
    places = [event.where for event in sim.trace if event.packet == 1]
    assert places == ["alice", "home", "carrier", "server"]


def test_a_mapping_ends_when_its_time_is_up(sim, open_udp):
    server = sim.host("server")
    short = Behavior(*[Dependence.ENDPOINT_INDEPENDENT] * 2, mapping_lifetime=30)
    home = sim.nat("home", short)
    alice = home.host("alice")

    async def main():
        there, here = await open_udp(server, 5), await open_udp(alice)
        here.transport.sendto(b"x", ("server", 5))
        _, mapped = await there.next()
        for pause in (25, 25):
            await asyncio.sleep(pause)
            there.transport.sendto(b"y", mapped)
        await asyncio.sleep(1)
        return len(here.received)

    assert sim.run(main()) == 1
    (drop,) = sim.dropped(home)
    assert drop.reason is DropReason.MAPPING_EXPIRED
    assert drop.detail.startswith("192.168.1.2:")


def test_an_icmp_error_comes_back_through_the_nat(sim, open_udp):
    sim.host("server", "198.51.100.1")
    alice = sim.nat("home", SYMMETRIC).host("alice")

    async def main():
        here = await open_udp(alice, remote=("server", 9))
        here.transport.sendto(b"x")
        await here.arrived.wait()
        return here.errors

    (error,) = sim.run(main())
    assert isinstance(error, ConnectionRefusedError)


def test_ipv6_does_not_pass_a_nat(sim, open_udp):
    sim.host("server", "2001:db8::1")
    home = sim.nat("home", FULL_CONE)
    alice = home.host("alice")

    async def main():
        here = await open_udp(alice)
        here.transport.sendto(b"x", ("2001:db8::1", 5))
        await here.arrived.wait()
        return here.errors

    (error,) = sim.run(main())
    assert "unreachable" in str(error)


def test_an_impossible_lan_or_address_is_refused(sim):
    home = sim.nat("home", FULL_CONE, lan="192.168.1.0/29")
    with pytest.raises(WorldError, match=r"10.0.0.1 of x is not in 192.168.1.0/29"):
        home.host("x", "10.0.0.1")
    for number in range(5):
        home.host(f"h{number}")
    with pytest.raises(WorldError, match="no free address"):
        home.host("one too many")
    with pytest.raises(WorldError, match="'h0'"):
        home.host("h0")


def test_a_nat_says_who_it_is(sim):
    home = sim.nat("home", SYMMETRIC, external=("203.0.113.7", "203.0.113.8"))
    assert repr(home) == "<Nat home APD/APD 203.0.113.7 203.0.113.8>"


def test_a_nat_forgets_everything_when_it_reboots(sim, open_udp):
    home = sim.nat("home", FULL_CONE)
    alice, server = home.host("alice"), sim.host("server")

    async def main():
        there, here = await open_udp(server, 5), await open_udp(alice, 6)
        here.transport.sendto(b"x", ("server", 5))
        _, before = await there.next()
        home.reboot()
        there.transport.sendto(b"lost", before)
        await asyncio.sleep(1)
        here.transport.sendto(b"y", ("server", 5))
        _, after = await there.next()
        return before, after, here.received

    before, after, received = sim.run(main())
    assert before[0] == after[0]
    assert before[1] != after[1]
    assert received == []
    assert sim.dropped(home, DropReason.NO_MAPPING)


def test_a_nat_that_is_renumbered_sends_from_its_new_address(sim, open_udp):
    home = sim.nat("home", FULL_CONE)
    alice, server = home.host("alice"), sim.host("server")

    async def main():
        there, here = await open_udp(server, 5), await open_udp(alice, 6)
        here.transport.sendto(b"x", ("server", 5))
        _, before = await there.next()
        home.renumber("203.0.113.99")
        there.transport.sendto(b"lost", before)
        here.transport.sendto(b"y", ("server", 5))
        _, after = await there.next()
        there.transport.sendto(b"found", after)
        await here.next()
        return before[0], after[0], [data for data, _ in here.received]

    assert sim.run(main()) == ("203.0.113.1", "203.0.113.99", [b"found"])
    assert home.external == ("203.0.113.99",)
    (drop,) = sim.dropped(reason=DropReason.NO_ROUTE)
    assert drop.detail == "nobody has 203.0.113.1 on the internet"


def test_a_nat_cannot_get_an_address_that_another_has(sim):
    home = sim.nat("home", FULL_CONE)
    sim.host("server", "203.0.113.50")
    with pytest.raises(WorldError, match="already server's"):
        home.renumber("203.0.113.50")
    with pytest.raises(ValueError, match="at least one external address"):
        home.renumber()
    assert home.external == ("203.0.113.1",)


def test_udp_is_blocked_until_it_is_passed_again(sim, open_udp):
    home = sim.nat("home", FULL_CONE)
    alice, server = home.host("alice"), sim.host("server")

    async def main():
        there, here = await open_udp(server, 5, answer=bytes.upper), await open_udp(alice, 6)
        here.transport.sendto(b"a", ("server", 5))
        _, mapped = await there.next()
        home.block_udp()
        here.transport.sendto(b"b", ("server", 5))
        there.transport.sendto(b"c", mapped)
        await asyncio.sleep(1)
        home.block_udp(blocked=False)
        here.transport.sendto(b"d", ("server", 5))
        await asyncio.sleep(1)
        return [data for data, _ in here.received]

    assert sim.run(main()) == [b"D"]
    assert {drop.detail for drop in sim.dropped(home, DropReason.BLOCKED)} == {"home passes no UDP"}


def test_a_syn_for_nobody_is_answered_by_icmp_after_six_seconds(sim):
    held = dataclasses.replace(FULL_CONE, unsolicited_syn=UnsolicitedSyn.HOLD)
    home = sim.nat("home", held, external="203.0.113.1")
    server = sim.host("server")

    async def main():
        with server:
            opening = asyncio.open_connection("203.0.113.1", 4711)
            await asyncio.wait_for(asyncio.shield(opening), 8)

    with pytest.raises((OSError, asyncio.TimeoutError)):
        sim.run(main())
    (answer,) = [one for one in sim.trace if one.where == "home" and one.verdict is Verdict.SENT]
    assert answer.protocol is Protocol.ICMP
    assert answer.time == pytest.approx(6.02, abs=0.02)
    assert {drop.reason for drop in sim.dropped(home)} == {DropReason.HELD}


def test_a_drop_after_a_reboot_says_that_there_was_one(sim, open_udp):
    home = sim.nat("home", FULL_CONE)
    alice, server = home.host("alice"), sim.host("server")

    async def main():
        there, here = await open_udp(server, 5), await open_udp(alice, 6)
        here.transport.sendto(b"x", ("server", 5))
        _, mapped = await there.next()
        home.reboot()
        there.transport.sendto(b"lost", mapped)
        await asyncio.sleep(1)

    sim.run(main())
    (drop,) = sim.dropped(home, DropReason.NO_MAPPING)
    assert drop.detail.endswith(", and the NAT was started anew at 0.0 s")


def test_a_host_behind_a_nat_learns_what_would_have_fitted(sim):
    home = sim.nat("home", FULL_CONE)
    alice, server = home.host("alice"), sim.host("server")
    sim.link(home, mtu=576)
    source, target = Address(alice.address, 5000), Address(server.address, 5)

    async def main():
        packet = Packet(Protocol.UDP, source, target, bytes(1200), dont_fragment=True)
        alice.node.send(packet)
        await asyncio.sleep(1)

    sim.run(main())
    assert [one.reason for one in sim.trace if one.reason] == [DropReason.TOO_BIG]
    came = [one for one in sim.trace if one.where == "alice"][-1]
    assert (came.verdict, came.protocol) == (Verdict.DELIVERED, Protocol.ICMP)
    assert came.destination.host == alice.address
