"""Tests of `nat.simulator.host`: a host: the addresses it has, the sockets on it, and the code that runs there."""

import asyncio
import errno

import pytest

from nat import FULL_CONE, Address, Packet, Protocol
from nat.packets import IcmpEcho
from nat.simulator import NoHostError, Simulation, WorldError, current_host
from nat.simulator.host import host_in


@pytest.fixture
def sim():
    return Simulation()


def test_tasks_and_timers_inherit_their_host(sim):
    a, b = sim.host("a"), sim.host("b")

    async def child():
        return current_host()

    async def work():
        seen = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(1, lambda: seen.set_result(current_host()))
        return await asyncio.create_task(child()), await seen

    async def main():
        async with asyncio.TaskGroup() as group:
            tasks = [host.start(group, work()) for host in (a, b)]
        assert [task.get_name() for task in tasks] == ["a", "b"]
        return [task.result() for task in tasks], host_in()

    assert sim.run(main()) == ([(a, a), (b, b)], None)


def test_run_is_on_the_host_and_comes_back(sim):
    a, b = sim.host("a"), sim.host("b")

    async def inner():
        return current_host()

    async def outer():
        return await b.run(inner()), current_host()

    async def main():
        return await a.run(outer()), host_in()

    assert sim.run(main()) == ((b, a), None)


def test_with_blocks_of_two_tasks_do_not_disturb_each_other(sim):
    a, b = sim.host("a"), sim.host("b")

    async def visit(host, before, inside):
        await asyncio.sleep(before)
        with host:
            await asyncio.sleep(inside)
            assert current_host() is host
        assert host_in() is None

    async def main():
        await asyncio.gather(visit(a, 0, 2), visit(a, 1, 2), visit(b, 1.5, 3), visit(b, 0, 1))

    sim.run(main())


def test_without_a_host_the_error_says_what_to_do(sim):
    async def main():
        await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("0.0.0.0", 0)
        )

    with pytest.raises(NoHostError, match=r"host.start\(group, coroutine\)"):
        sim.run(main())


def test_a_host_says_who_it_is(sim):
    host = sim.host("a", "198.51.100.1", addresses=("2001:db8::1",))
    assert host.address == "198.51.100.1"
    assert repr(host) == "<Host a 198.51.100.1 2001:db8::1>"


# where a host is


def test_a_host_sends_from_the_interface_that_has_the_source_address(open_udp):
    sim = Simulation()
    wifi, mobile = sim.nat("wifi", FULL_CONE), sim.nat("mobile", FULL_CONE, lan="10.0.0.0/8")
    alice, server = wifi.host("alice"), sim.host("server")
    alice.attach(mobile, interface="wwan0")
    assert alice.addresses == ("192.168.1.2", "10.0.0.2")

    async def main():
        there = await open_udp(server, 5)
        for address in alice.addresses:
            here = await open_udp(alice, 6, address=address)
            here.transport.sendto(b"x", ("server", 5))
            await there.next()
        return [source[0] for _, source in there.received]

    assert sim.run(main()) == [*wifi.external, *mobile.external]


def test_a_host_in_two_lans_of_the_same_range_has_two_addresses():
    sim = Simulation()
    wifi, mobile = sim.nat("wifi", FULL_CONE), sim.nat("mobile", FULL_CONE)
    alice = wifi.host("alice")
    alice.attach(mobile, interface="wwan0")
    assert alice.addresses == ("192.168.1.2", "192.168.1.3")
    with pytest.raises(WorldError, match=r"has 192.168.1.2 already, on another"):
        alice.attach(mobile, "192.168.1.2", interface="wwan1")


def test_a_host_that_moves_has_other_addresses_and_old_sockets_have_none(open_udp):
    sim = Simulation()
    home, cafe = sim.nat("home", FULL_CONE), sim.nat("cafe", FULL_CONE, lan="10.0.0.0/24")
    alice, server = home.host("alice"), sim.host("server")

    async def main():
        there = await open_udp(server, 5, answer=bytes.upper)
        anywhere = await open_udp(alice, 7)
        bound = await open_udp(alice, 6, address=alice.address)
        for recorder in (anywhere, bound):
            recorder.transport.sendto(b"before", ("server", 5))
        await asyncio.sleep(1)
        bound.transport.sendto(b"under way", ("server", 5))
        alice.move(cafe)
        for recorder in (anywhere, bound):
            recorder.transport.sendto(b"after", ("server", 5))
        await asyncio.sleep(1)
        return there, anywhere, bound

    there, anywhere, bound = sim.run(main())
    assert alice.addresses == ("10.0.0.2",)
    assert [(data, source[0]) for data, source in there.received] == [
        (b"before", home.external[0]),
        (b"before", home.external[0]),
        (b"under way", home.external[0]),
        (b"after", cafe.external[0]),
    ]
    assert [data for data, _ in anywhere.received] == [b"BEFORE", b"AFTER"]
    assert [data for data, _ in bound.received] == [b"BEFORE"]
    (error,) = bound.errors
    assert (error.errno, "no longer has 192.168.1.2" in str(error)) == (errno.ENETUNREACH, True)
    assert sim.explain().endswith("nobody has 192.168.1.2 on the LAN of home")


def test_ipv6_from_an_address_that_is_gone_is_dropped_without_a_word(open_udp):
    sim = Simulation()
    alice, server = sim.host("alice", "2001:db8::1"), sim.host("server", "2001:db8::2")

    async def main():
        await open_udp(server, 5, address="::")
        here = await open_udp(alice, 6, address="2001:db8::1")
        alice.move(sim.internet, "2001:db8::3")
        here.transport.sendto(b"x", ("2001:db8::2", 5))
        await asyncio.sleep(1)
        return here.errors

    assert sim.run(main()) == []
    (drop,) = sim.dropped()
    assert drop.detail == "alice has no 2001:db8::1"


def test_programs_that_ask_for_interfaces_see_the_move():
    import ifaddr

    sim = Simulation()
    home = sim.nat("home", FULL_CONE)
    alice = home.host("alice")
    alice.attach(sim.internet, "198.51.100.7", interface="wwan0")

    def seen():
        adapters = ifaddr.get_adapters()
        return [(one.name, [ip.ip for ip in one.ips]) for one in adapters if one.name != "lo"]

    async def main():
        with alice:
            before = seen()
            alice.move(sim.internet, "198.51.100.8")
            alice.detach("wwan0")
            return before, seen()

    before, after = sim.run(main())
    assert before == [("eth0", ["192.168.1.2"]), ("wwan0", ["198.51.100.7"])]
    assert after == [("eth0", ["198.51.100.8"])]


def test_a_move_that_cannot_be_is_refused_and_changes_nothing():
    sim = Simulation()
    home = sim.nat("home", FULL_CONE)
    alice = home.host("alice")
    sim.host("server", "198.51.100.1")
    with pytest.raises(WorldError, match="already server's"):
        alice.move(sim.internet, "198.51.100.1")
    with pytest.raises(WorldError, match="alice has no interface 'wifi'"):
        alice.move(sim.internet, interface="wifi")
    assert alice.addresses == ("192.168.1.2",)


def test_a_datagram_in_pieces_is_put_together_again(open_udp):
    sim = Simulation()
    alice, server = sim.host("alice"), sim.host("server")
    sim.link(alice, mtu=600)

    async def main():
        there = await open_udp(server, 5, answer=bytes.upper)
        here = await open_udp(alice)
        here.transport.sendto(b"x" * 1500, ("server", 5))
        await here.next()
        return there.received[0][0], here.received[0][0]

    assert sim.run(main()) == (b"x" * 1500, b"X" * 1500)


# when it starts


def starts_of(sim, count=20):
    async def now():
        return sim.now

    async def main():
        async with asyncio.TaskGroup() as group:
            return [host.start(group, now()) for host in hosts for _ in range(count)]

    hosts = [sim.host("a"), sim.host("b")]
    return [task.result() for task in sim.run(main())]


def test_each_start_has_an_offset_that_the_seed_decides():
    times = starts_of(Simulation(1))
    assert times == starts_of(Simulation(1)) != starts_of(Simulation(2))
    assert len(set(times)) == 40
    assert 0 <= min(times) < 0.02 < 0.08 < max(times) < 0.1


def test_starts_can_be_at_once_or_at_a_time():
    assert set(starts_of(Simulation(start_spread=0))) == {0.0}
    with pytest.raises(WorldError, match="start_spread must be 0 s or more, got -1"):
        Simulation(start_spread=-1)

    sim = Simulation()

    async def now():
        return sim.now

    async def main():
        async with asyncio.TaskGroup() as group:
            return sim.host("a").start(group, now(), offset=0.25)

    assert sim.run(main()).result() == 0.25


def test_a_start_that_is_cancelled_before_its_time_leaves_nothing_behind():
    sim = Simulation()

    async def never():
        raise AssertionError

    async def main():
        async with asyncio.TaskGroup() as group:
            sim.host("a").start(group, never(), offset=1).cancel()

    sim.run(main())


def test_a_host_answers_pings():
    sim = Simulation()
    a, b = sim.host("a"), sim.host("b")
    ping = IcmpEcho(reply=False, sequence=3, data=b"abc")
    source, target = Address(a.address, 77), Address(b.address, 77)

    async def main():
        a.node.send(Packet(Protocol.ICMP, source, target, ping))
        await asyncio.sleep(1)

    sim.run(main())
    assert [(event.where, event.source.host) for event in sim.trace if event.where == "a"] == [
        ("a", a.address),
        ("a", b.address),
    ]
