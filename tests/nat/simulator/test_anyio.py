"""anyio, with its streams, threads and cancel scopes, in the simulated world."""

import time

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

from nat import PORT_RESTRICTED_CONE
from nat.simulator import Simulation


async def echo(stream):
    async with stream:
        await stream.send(await stream.receive())


async def answer(endpoint):
    async for data, (host, port) in endpoint:
        await endpoint.sendto(data.upper(), host, port)


@pytest.fixture
def run():
    """Run a coroutine function on a host behind a NAT, while another serves."""
    sim = Simulation()
    server = sim.host("server")
    client = sim.nat("home", PORT_RESTRICTED_CONE).host("client")

    async def main(function):
        async with anyio.create_task_group() as group:
            with server:
                listener = await anyio.create_tcp_listener(local_host="0.0.0.0", local_port=7)
                endpoint = await anyio.create_udp_socket(local_host="0.0.0.0", local_port=9)
                group.start_soon(listener.serve, echo)
                group.start_soon(answer, endpoint)
            result = await client.run(function())
            group.cancel_scope.cancel()
        return result

    return lambda function: sim.run(main(function))


def test_streams_and_datagrams_go_there_and_back(run):
    async def talk():
        async with await anyio.connect_tcp("server", 7) as stream:
            await stream.send(b"stream")
            heard = await stream.receive()
        async with await anyio.create_connected_udp_socket("server", 9) as endpoint:
            await endpoint.send(b"datagram")
            return heard, await endpoint.receive()

    assert run(talk) == (b"stream", b"DATAGRAM")


def test_threads_and_deadlines_have_virtual_time(run):
    def work():
        time.sleep(4)
        anyio.from_thread.run(anyio.sleep, 2)
        return time.monotonic()

    async def talk():
        with anyio.move_on_after(3) as scope:
            await anyio.sleep(100)
        assert scope.cancelled_caught
        return await anyio.to_thread.run_sync(work)

    assert run(talk) == 9
