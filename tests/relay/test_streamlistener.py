"""Listeners for TCP on real loopback sockets, with aioice's own TURN client, which is not ours."""

import asyncio
import errno
import socket

import pytest
import uvloop
from aioice import turn

from relay import DropReason, HangUp, Limits, PeerPolicy, Reach, Settings, StreamLimits, serve
from relay.streamlistener import READ_SIZE
from stunwire import (
    Address,
    ChannelData,
    Message,
    Method,
    XorMappedAddress,
    decode,
)

LOCAL = Address("127.0.0.1", 0)
DEADLINE = 20.0
BINDING = Message.request(Method.BINDING, b"t" * 12).encode()


class Ear(asyncio.DatagramProtocol):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()
        self.lost = asyncio.Event()

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.put_nowait((data, addr))

    def connection_lost(self, exc) -> None:
        self.lost.set()

    async def hear(self) -> bytes:
        return (await asyncio.wait_for(self.heard.get(), DEADLINE))[0]


async def _ear() -> Ear:
    loop = asyncio.get_running_loop()
    return (await loop.create_datagram_endpoint(Ear, local_addr=("127.0.0.1", 0)))[1]


def _settings(**changed) -> Settings:
    usual = {
        "listen_tcp": (LOCAL,),
        "realm": "lab.example",
        "users": {"alice": "wonder"},
        "peers": PeerPolicy(reach=Reach.LOCAL),
    }
    return Settings(**{**usual, **changed})


async def _turn(server):
    return await turn.create_turn_endpoint(
        Ear,
        server_addr=tuple(server.tcp_addresses[0]),
        username="alice",
        password="wonder",
        transport="tcp",
    )


async def _hang_up(transport, ear: Ear) -> None:
    transport.close()
    await asyncio.wait_for(ear.lost.wait(), DEADLINE)


async def _until(condition) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.001)


async def _connect(server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(*server.tcp_addresses[0])


async def _is_closed(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(DEADLINE):
        try:
            return await reader.read(1) == b""
        except ConnectionResetError:
            return True


@pytest.fixture
async def jump(monkeypatch):
    """Let the loop's time jump: `jump(seconds)`."""
    loop, ahead = asyncio.get_running_loop(), [0.0]
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + ahead[0])

    def jump(seconds: float) -> None:
        ahead[0] += seconds

    return jump


async def test_aioice_relays_over_tcp_and_the_padding_is_right_for_every_length():
    async with serve(_settings()) as server:
        transport, client = await _turn(server)
        peer = await _ear()
        for size in range(1, 18):
            transport.sendto(b"x" * size, peer.transport.get_extra_info("sockname"))
            assert await peer.hear() == b"x" * size
            peer.transport.sendto(b"y" * size, transport.get_extra_info("sockname"))
            assert (await client.hear())[:size] == b"y" * size
        usage = server.counters.usage
        assert (usage.to_peer_packets, usage.to_client_packets) == (17, 17)
        assert usage.to_peer_bytes == usage.to_client_bytes == sum(range(1, 18))
        await _hang_up(transport, client)
        await _until(lambda: server.counters.allocations == server.counters.connections == 0)
        await _hang_up(peer.transport, peer)


def test_what_goes_to_a_peer_and_comes_back_over_tcp_does_so_on_uvloop_as_well():
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_aioice_relays_over_tcp_and_the_padding_is_right_for_every_length())


async def test_what_a_client_sends_over_its_bandwidth_is_dropped_and_counted():
    async with serve(_settings(limits=Limits(bandwidth_per_user=1))) as server:
        transport, client = await _turn(server)
        peer = await _ear()
        for _ in range(3):  # the first takes all there is, and a debt of minutes
            transport.sendto(b"x" * 1000, peer.transport.get_extra_info("sockname"))
        await _until(lambda: server.counters.drops[DropReason.BANDWIDTH] == 2)
        assert server.counters.usage.to_peer_packets == 1
        await _hang_up(transport, client)
        await _hang_up(peer.transport, peer)


async def test_a_connection_that_is_reset_takes_its_allocation_with_it():
    async with serve(_settings()) as server:
        transport, client = await _turn(server)
        relayed = transport.get_extra_info("sockname")
        await _until(lambda: server.counters.allocations == 1)
        transport._TurnTransport__inner_protocol.transport.abort()
        await _until(lambda: server.counters.allocations == 0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind(relayed)
        await _hang_up(transport, client)


async def test_requests_byte_by_byte_are_answered_with_the_mapped_address():
    async with serve(_settings(users={})) as server:
        reader, writer = await _connect(server)
        for n in range(len(BINDING)):
            writer.write(BINDING[n : n + 1])
            await writer.drain()
        answer = decode(await asyncio.wait_for(reader.readexactly(32), DEADLINE))
        assert answer.get(XorMappedAddress).address == writer.get_extra_info("sockname")
        writer.close()


async def test_one_client_does_not_hold_up_the_others_however_much_it_sends(monkeypatch):
    async with serve(_settings()) as server:
        (listener,), taken = server._streams, []
        monkeypatch.setattr(listener, "take", lambda frames, _: taken.append(len(frames)))
        _, writer = await _connect(server)
        empty = ChannelData(0x4000, b"").encode()
        writer.write(empty * 100_000)
        await _until(lambda: sum(taken) == 100_000)
        assert max(taken) <= READ_SIZE // len(empty)
        writer.close()


async def test_garbage_ends_the_connection_and_is_counted():
    async with serve(_settings()) as server:
        reader, writer = await _connect(server)
        writer.write(b"\xff" * 1000)
        assert await _is_closed(reader)
        assert server.counters.hang_ups == {HangUp.GARBAGE: 1}
        assert server.counters.connections == 0
        writer.close()


async def test_who_says_nothing_or_half_a_message_is_cut_off_after_ten_seconds(jump):
    async with serve(_settings()) as server:
        silent, half = await _connect(server), await _connect(server)
        half[1].write(BINDING[:19])
        await _until(lambda: server.counters.connections == 2)
        jump(5)
        await asyncio.sleep(0.01)
        assert server.counters.connections == 2
        jump(5)
        for reader, writer in (silent, half):
            assert await _is_closed(reader)
            writer.close()
        assert server.counters.hang_ups == {HangUp.NO_MESSAGE: 2}


async def test_silence_is_allowed_with_an_allocation_and_not_without(jump):
    async with serve(_settings()) as server:
        transport, client = await _turn(server)
        reader, writer = await _connect(server)
        writer.write(BINDING)
        await reader.readexactly(32)
        jump(120)
        assert await _is_closed(reader)
        assert server.counters.hang_ups == {HangUp.IDLE: 1}
        assert server.counters.connections == server.counters.allocations == 1
        writer.close()
        await _hang_up(transport, client)


@pytest.mark.parametrize(
    ("limit", "why"),
    [("connections", HangUp.TOO_MANY), ("connections_per_source", HangUp.TOO_MANY_OF_SOURCE)],
)
async def test_one_connection_too_many_is_closed_and_there_is_room_when_another_goes(limit, why):
    async with serve(_settings(streams=StreamLimits(**{limit: 1}))) as server:
        _, kept = await _connect(server)
        await _until(lambda: server.counters.connections == 1)
        reader, refused = await _connect(server)
        assert await _is_closed(reader)
        assert server.counters.hang_ups == {why: 1}
        kept.close()
        await _until(lambda: server.counters.connections == 0)
        reader, writer = await _connect(server)
        writer.write(BINDING)
        assert len(await asyncio.wait_for(reader.readexactly(32), DEADLINE)) == 32
        for one in (refused, writer):
            one.close()


async def test_a_client_that_does_not_read_costs_a_bounded_buffer_and_is_cut_off(jump):
    limits = StreamLimits(write_buffer=64 * 1024)
    async with serve(_settings(streams=limits)) as server:
        transport, client = await _turn(server)
        peer = await _ear()
        transport.sendto(b"hello", peer.transport.get_extra_info("sockname"))
        await peer.hear()
        transport._TurnTransport__inner_protocol.transport.pause_reading()
        relayed = transport.get_extra_info("sockname")
        async with asyncio.timeout(20):
            while not server.counters.drops[DropReason.SLOW_CLIENT]:
                for _ in range(20):
                    peer.transport.sendto(bytes(1200), relayed)
                await asyncio.sleep(0)
        (connection,) = server._streams[0]._connections.values()
        assert connection._transport.get_write_buffer_size() < 64 * 1024 + 1300
        jump(15)
        await _until(lambda: server.counters.allocations == 0)
        assert server.counters.hang_ups == {HangUp.SLOW: 1}
        transport._TurnTransport__inner_protocol.transport.abort()
        await _hang_up(transport, client)
        await _hang_up(peer.transport, peer)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_ipv4_and_ipv6_are_served_on_sockets_of_their_own():
    async with serve(_settings(users={}, listen_tcp=(LOCAL, Address("::1", 0)))) as server:
        for address in server.tcp_addresses:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(BINDING)
            size = 44 if ":" in address.host else 32
            answer = decode(await asyncio.wait_for(reader.readexactly(size), DEADLINE))
            own = writer.get_extra_info("sockname")[:2]
            assert answer.get(XorMappedAddress).address == own
            writer.close()


async def test_a_port_in_use_is_an_os_error_that_names_it_and_leaves_nothing_open():
    async with serve(_settings()) as server:
        taken = server.tcp_addresses[0]
        with pytest.raises(OSError, match=f"TCP address 127.0.0.1 port {taken.port}") as caught:
            async with serve(_settings(listen=(LOCAL,), listen_tcp=(LOCAL, taken))):
                pass
        assert caught.value.errno == errno.EADDRINUSE


async def test_closing_ends_connections_and_frees_the_port():
    async with serve(_settings()) as server:
        address = server.tcp_addresses[0]
        reader, writer = await _connect(server)
        await _until(lambda: server.counters.connections == 1)
        server.close()
        server.close()
        assert await _is_closed(reader)
        assert server.counters.connections == 0
        with socket.create_server(tuple(address)):
            pass
        writer.close()
