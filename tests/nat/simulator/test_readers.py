"""Tests of `nat.simulator.readers`: who waits for which virtual socket: the part of a selector that `add_reader` talks to."""

import asyncio
import socket

import pytest

from nat.simulator import CallbackError, OutsideWorldError, Simulation, current_host


@pytest.fixture
def world():
    sim = Simulation()
    return sim, sim.host("a", "198.51.100.1"), sim.host("b", "198.51.100.2")


def udp(port):
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.bind(("0.0.0.0", port))
    return opened


def test_a_drain_loop_is_woken_once_for_many_packets_and_on_its_own_host(world):
    sim, a, b = world
    wakes = []

    async def main():
        loop = asyncio.get_running_loop()
        with b:
            there = udp(5)

            def drain():
                count = 0
                while True:
                    try:
                        there.recvfrom(2048)
                    except BlockingIOError:
                        break
                    count += 1
                wakes.append((current_host(), count))

            loop.add_reader(there.fileno(), drain)
        with a:
            here = udp(6)
        for _ in range(3):
            here.sendto(b"x", ("198.51.100.2", 5))
        await asyncio.sleep(1)
        here.sendto(b"x", ("198.51.100.2", 5))
        await asyncio.sleep(1)

    sim.run(main())
    assert wakes == [(b, 3), (b, 1)]


def test_a_reader_that_leaves_something_is_woken_again(world):
    sim, a, _ = world
    got = []

    async def main():
        loop = asyncio.get_running_loop()
        with a:
            here = udp(5)
            for text in (b"1", b"2", b"3"):
                here.sendto(text, ("127.0.0.1", 5))
            await asyncio.sleep(0.1)
            loop.add_reader(here, lambda: got.append(here.recv(10)))
            await asyncio.sleep(0.1)
            assert loop.remove_reader(here)
            assert not loop.remove_reader(here)
            here.sendto(b"4", ("127.0.0.1", 5))
            await asyncio.sleep(0.1)

    sim.run(main())
    assert got == [b"1", b"2", b"3"]


def test_a_failing_reader_fails_the_run(world):
    sim, a, _ = world

    async def main():
        with a:
            here = udp(5)
            asyncio.get_running_loop().add_reader(here, lambda: 1 / 0)
            here.sendto(b"x", ("127.0.0.1", 5))
            await asyncio.sleep(1)

    with pytest.raises(CallbackError, match="ZeroDivisionError"):
        sim.run(main())


def test_a_closed_socket_wakes_nobody(world):
    sim, a, _ = world
    woken = []

    async def main():
        with a:
            here = udp(5)
            asyncio.get_running_loop().add_reader(here, woken.append, 1)
            here.sendto(b"x", ("127.0.0.1", 5))
            here.close()
            await asyncio.sleep(1)

    sim.run(main())
    assert woken == []


def test_a_writer_is_called_until_it_is_removed(world):
    sim, a, _ = world
    calls = []

    async def main():
        loop = asyncio.get_running_loop()
        with a:
            here = udp(5)

        def write():
            calls.append(current_host())
            if len(calls) == 3:
                loop.remove_writer(here)

        with a:
            loop.add_writer(here, write)
            loop.add_writer(here, write)
        await asyncio.sleep(1)

    sim.run(main())
    assert calls == [a, a, a]


def test_a_real_file_descriptor_is_refused(world):
    sim, _, _ = world

    async def main():
        asyncio.get_running_loop().add_reader(0, print)

    with pytest.raises(OutsideWorldError, match="0 is not a virtual socket"):
        sim.run(main())
