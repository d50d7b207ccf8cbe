"""Tests of `nat.simulator.servers`: tCP servers of asyncio on the virtual network."""

import asyncio

import pytest

from nat.simulator import Simulation


@pytest.fixture
def world():
    sim = Simulation()
    return sim, sim.host("server", "198.51.100.1"), sim.host("client")


async def wait(reader, writer):
    await reader.read()
    writer.close()


def test_a_server_listens_where_it_is_told_and_port_zero_is_any(world):
    sim, server, _ = world

    async def main():
        with server:
            listening = await asyncio.start_server(wait, ["127.0.0.1", "198.51.100.1"], 0)
            assert listening.is_serving()
            assert listening.get_loop() is asyncio.get_running_loop()
            return [socket.getsockname() for socket in listening.sockets]

    (one, other) = sim.run(main())
    assert (one[0], other[0]) == ("127.0.0.1", "198.51.100.1")
    assert one[1] > 0


def test_a_port_in_use_is_refused(world):
    sim, server, _ = world

    async def main():
        with server:
            await asyncio.start_server(wait, port=5)
            await asyncio.start_server(wait, "127.0.0.1", 5)

    with pytest.raises(OSError, match=r"already in use: 127.0.0.1:5 on server"):
        sim.run(main())


def test_a_dual_stack_host_listens_on_both_families():
    sim = Simulation()
    server = sim.host("server", "198.51.100.1", addresses=("2001:db8::1",))

    async def main():
        with server:
            listening = await asyncio.start_server(wait, None, 5)
            return [socket.getsockname()[0] for socket in listening.sockets]

    assert sim.run(main()) == ["0.0.0.0", "::"]


def test_closing_refuses_newcomers_and_keeps_connections(world):
    sim, server, client = world

    async def main():
        with server:
            listening = await asyncio.start_server(wait, port=5)
        with client:
            reader, writer = await asyncio.open_connection("server", 5)
            await asyncio.sleep(1)
            listening.close()
            await listening.wait_closed()
            assert listening.sockets == ()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("server", 5)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    assert sim.run(main()) == b""


@pytest.mark.parametrize("way", ["close_clients", "abort_clients"])
def test_a_server_can_send_its_clients_away(world, way):
    sim, server, client = world

    async def main():
        with server:
            listening = await asyncio.start_server(wait, port=5)
        with client:
            reader, writer = await asyncio.open_connection("server", 5)
            await asyncio.sleep(1)
            getattr(listening, way)()
            try:
                return await reader.read()
            finally:
                writer.close()

    if way == "close_clients":
        assert sim.run(main()) == b""
    else:
        with pytest.raises(ConnectionResetError):
            sim.run(main())


def test_a_server_that_does_not_serve_yet_resets(world):
    sim, server, client = world

    async def main():
        with server:
            listening = await asyncio.start_server(wait, port=5, start_serving=False)
        with client:
            reader, refused = await asyncio.open_connection("server", 5)
            with pytest.raises(ConnectionResetError):
                await reader.read()
            await listening.start_serving()
            _, writer = await asyncio.open_connection("server", 5)
            await asyncio.sleep(1)
            return refused.is_closing(), writer.is_closing()

    assert sim.run(main()) == (True, False)


def test_serving_forever_ends_with_cancellation_and_with_closing(world):
    sim, server, _ = world

    async def main():
        with server:
            for port in (5, 6):
                listening = await asyncio.start_server(wait, port=port)
                task = asyncio.create_task(listening.serve_forever())
                await asyncio.sleep(1)
                (task.cancel if port == 5 else listening.close)()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert not listening.is_serving()

    sim.run(main())
