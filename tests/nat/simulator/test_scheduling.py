"""Tests of `nat.simulator.scheduling`: the order in which tasks that could all go on do go on: theirs, or one drawn to find races."""

import asyncio

import pytest

from nat.simulator import Simulation


def order_of(seed, *, shuffle):
    """In which order eight tasks go on that all wait for one event."""
    order = []

    async def main():
        gate = asyncio.Event()

        async def wait(number):
            await gate.wait()
            order.append(number)

        async with asyncio.TaskGroup() as group:
            for number in range(8):
                group.create_task(wait(number))
            await asyncio.sleep(1)
            gate.set()

    Simulation(seed, shuffle_ready=shuffle).run(main())
    return order


def test_tasks_keep_their_order_unless_it_is_to_be_drawn():
    assert order_of(1, shuffle=False) == list(range(8))


def test_an_order_that_is_drawn_follows_the_seed():
    drawn = [order_of(seed, shuffle=True) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert sorted(drawn[0]) == list(range(8))


def test_callbacks_keep_their_order_among_themselves():
    async def main():
        loop, order = asyncio.get_running_loop(), []
        for number in range(5):
            loop.call_soon(order.append, number)
            loop.create_task(asyncio.sleep(0))
        await asyncio.sleep(1)
        return order

    assert Simulation(shuffle_ready=True).run(main()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("seed", range(5))
def test_streams_work_in_any_order(seed):
    sim = Simulation(seed, shuffle_ready=True)
    server, client = sim.host("server"), sim.host("client")

    async def echo(reader, writer):
        writer.write(await reader.read())
        writer.close()

    async def talk(number):
        reader, writer = await asyncio.open_connection("server", 5)
        writer.write(bytes([number]) * 100_000)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer == bytes([number]) * 100_000

    async def main():
        await server.run(asyncio.start_server(echo, port=5))
        with client:
            return await asyncio.gather(*(talk(number) for number in range(5)))

    assert all(sim.run(main()))
