"""Tests of `nat.simulator.purposes`: what a task waits for, in words, as far as the frames of its coroutines show it."""

import asyncio
import socket
import time

import pytest

from nat.simulator import Simulation
from nat.simulator.waiting import describe_waiting


async def hold(reader, writer):
    """Keep a connection and read nothing."""
    try:
        await asyncio.sleep(100)
    finally:
        writer.close()


async def on_stream():
    listening = await asyncio.start_server(hold, "127.0.0.1", 5)
    reader, writer = await asyncio.open_connection("127.0.0.1", 5)
    try:
        await reader.readline()
    finally:
        writer.close()
        listening.close()


async def on_full_stream():
    listening = await asyncio.start_server(hold, "127.0.0.1", 5)
    _, writer = await asyncio.open_connection("127.0.0.1", 5)
    writer.write(bytes(5_000_000))
    try:
        await writer.drain()
    finally:
        writer.transport.abort()
        listening.close()


async def on_socket(method, *arguments):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setblocking(False)
        opened.bind(("127.0.0.1", 7))
        await getattr(asyncio.get_running_loop(), method)(opened, *arguments)


async def on_accept():
    with socket.socket() as opened:
        opened.setblocking(False)
        opened.bind(("127.0.0.1", 7))
        opened.listen()
        await asyncio.get_running_loop().sock_accept(opened)


class Client(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    async def ask(self):
        await asyncio.get_running_loop().create_future()


async def on_protocol():
    loop = asyncio.get_running_loop()
    _, client = await loop.create_datagram_endpoint(Client, local_addr=("127.0.0.1", 9))
    await client.ask()


async def on_lock():
    lock = asyncio.Lock()
    await lock.acquire()
    await lock.acquire()


async def on_condition():
    condition = asyncio.Condition()
    async with condition:
        await condition.wait()


async def on_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(50), name="one")
        group.create_task(asyncio.sleep(50), name="other")


async def on_task():
    await asyncio.create_task(asyncio.sleep(50), name="child")


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (lambda: asyncio.sleep(50), "for 50 s to pass"),
        (lambda: asyncio.Event().wait(), "for <asyncio.locks.Event"),
        (lambda: asyncio.Queue(3).get(), "for something in <Queue"),
        (lambda: asyncio.Semaphore(0).acquire(), "for <asyncio.locks.Semaphore"),
        (lambda: asyncio.to_thread(time.sleep, 50), "in a thread"),
        (on_lock, "for <asyncio.locks.Lock"),
        (on_condition, "to be notified by <asyncio.locks.Condition"),
        (on_group, "for tasks one, other"),
        (on_task, "for task child"),
        (on_stream, "for data on 127.0.0.1:"),
        (on_full_stream, "for room to send on 127.0.0.1:"),
        (lambda: on_socket("sock_recvfrom", 9), "for a datagram on 127.0.0.1:7"),
        (lambda: on_socket("sock_recv", 9), "for data on 127.0.0.1:7"),
        (on_accept, "for a connection to 127.0.0.1:7"),
        (on_protocol, "for something that comes to 127.0.0.1:9"),
        (lambda: asyncio.open_connection("192.0.2.1", 5), "to be connected to 192.0.2.1:5"),
    ],
)
def test_what_a_task_waits_for_is_told(wait, words):
    sim = Simulation()
    alice = sim.host("alice")

    async def main():
        with alice:
            task = asyncio.create_task(wait(), name="waiter")
            await asyncio.sleep(1)
            lines = describe_waiting(asyncio.get_running_loop()).splitlines()
            task.cancel()
        return next(line for line in lines if line.startswith("  waiter"))

    line = sim.run(main())
    assert line.startswith("  waiter on alice waits at ")
    assert f": {words}" in line or line.endswith(words)


def test_what_nothing_is_known_of_is_told_without_a_purpose():
    async def main():
        future = asyncio.get_running_loop().create_future()

        async def wait():
            await future

        task = asyncio.create_task(wait(), name="waiter")
        await asyncio.sleep(1)
        lines = describe_waiting(asyncio.get_running_loop()).splitlines()
        task.cancel()
        return lines[-1]

    assert Simulation().run(main()).endswith(")")
