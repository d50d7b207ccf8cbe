"""A socket keeps what comes up to a bound, and gives its waiter back when it is closed."""

import asyncio

import pytest

from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.udpsocket import QUEUE
from nat.simulator import Simulation
from stunwire import Address


def _between_two(work) -> None:  # type: ignore[no-untyped-def]
    simulation = Simulation()
    hosts = [simulation.host(name) for name in ("a", "b")]

    async def main() -> None:
        with hosts[0]:
            one = await AsyncioNetwork().open_udp(Address(hosts[1].address, 9))
        with hosts[1]:
            other = await AsyncioNetwork().open_udp(one.local)
        await work(one, other)

    simulation.run(main())


def test_a_flood_is_dropped_where_nobody_fetches_it() -> None:
    async def work(one, other) -> None:  # type: ignore[no-untyped-def]
        for number in range(QUEUE + 50):
            other.send(b"%d" % number, one.local)
        await asyncio.sleep(1)
        assert one.dropped == 50
        assert [(await one.receive()).data for _ in range(2)] == [b"0", b"1"]
        other.send(b"room again", one.local)
        await asyncio.sleep(1)
        assert one.dropped == 50

    _between_two(work)


def test_who_waits_hears_that_it_is_closed() -> None:
    async def work(one, _other) -> None:  # type: ignore[no-untyped-def]
        waiting = asyncio.create_task(one.receive())
        await asyncio.sleep(0.1)
        one.close()
        with pytest.raises(OSError, match="closed"):
            await waiting

    _between_two(work)


def test_what_came_before_closing_can_still_be_fetched() -> None:
    async def work(one, other) -> None:  # type: ignore[no-untyped-def]
        other.send(b"hello", one.local)
        await asyncio.sleep(0.1)
        one.close()
        assert (await one.receive()).data == b"hello"

    _between_two(work)
