"""Tests of `nat.simulator.host`: a host: the addresses it has, the sockets on it, and the code that runs there."""

import asyncio

import pytest

from nat.simulator import NoHostError, Simulation, current_host
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
