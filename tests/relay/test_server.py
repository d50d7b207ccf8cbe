"""The relay on real loopback sockets, with aioice's own TURN client, which is not ours."""

import asyncio
import errno
import os
import socket
import time

import pytest
from aioice import stun, turn

from relay import DropReason, PeerPolicy, Reach, Settings, SettingsError, serve
from stunwire import (
    Address,
    IntegrityKey,
    Message,
    Method,
    Nonce,
    Realm,
    RequestedTransport,
    Username,
    XorMappedAddress,
    XorRelayedAddress,
    decode,
    long_term_key,
    mint,
)

LOCAL = Address("127.0.0.1", 0)
DEADLINE = 20.0


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

    async def hear(self) -> tuple[bytes, tuple[str, int]]:
        return await asyncio.wait_for(self.heard.get(), DEADLINE)


async def _ear() -> Ear:
    loop = asyncio.get_running_loop()
    _, ear = await loop.create_datagram_endpoint(Ear, local_addr=("127.0.0.1", 0))
    return ear


def _settings(**changed) -> Settings:
    usual = {
        "listen": (LOCAL,),
        "realm": "lab.example",
        "users": {"alice": "wonder"},
        "peers": PeerPolicy(reach=Reach.LOCAL),
    }
    return Settings(**{**usual, **changed})


async def _turn(server, user: str = "alice", password: str = "wonder"):
    return await turn.create_turn_endpoint(
        Ear, server_addr=tuple(server.addresses[0]), username=user, password=password
    )


async def _hang_up(transport, ear: Ear) -> None:
    transport.close()
    await asyncio.wait_for(ear.lost.wait(), DEADLINE)


async def _allocate(server) -> tuple[Ear, Address]:
    """Allocate with our own messages: a client that does not say goodbye."""
    ear = await _ear()

    async def ask(*attributes, **encoding) -> Message:
        request = Message.request(
            Method.ALLOCATE, os.urandom(12), RequestedTransport(17), *attributes
        )
        ear.transport.sendto(request.encode(**encoding), server.addresses[0])
        return decode((await ear.hear())[0])

    nonce = (await ask()).get(Nonce)
    key = IntegrityKey(long_term_key("alice", "lab.example", "wonder"))
    reply = await ask(Username("alice"), Realm("lab.example"), nonce, integrity=key)
    return ear, reply.get(XorRelayedAddress).address


async def _until(condition) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.001)


async def test_aioice_allocates_sends_hears_and_goes():
    async with serve(_settings()) as server:
        transport, client = await _turn(server)
        relayed = transport.get_extra_info("sockname")
        assert relayed[0] == "127.0.0.1"
        peer = await _ear()
        transport.sendto(b"hello", peer.transport.get_extra_info("sockname"))
        data, source = await peer.hear()
        assert (data, source) == (b"hello", tuple(relayed))
        for n in range(100):
            peer.transport.sendto(b"world %d" % n, source)
        assert [(await client.hear())[0] for _ in range(100)] == [
            b"world %d" % n for n in range(100)
        ]
        assert server.counters.usage.to_client_packets == 100
        await _hang_up(transport, client)
        assert server.counters.allocations == 0
        await _hang_up(peer.transport, peer)


async def test_two_aioice_clients_meet_through_one_relay_without_local_peers_allowed():
    async with serve(_settings(peers=PeerPolicy())) as server:
        (one, one_ear), (two, two_ear) = await _turn(server), await _turn(server)
        at_one, at_two = (t.get_extra_info("sockname") for t in (one, two))
        two.sendto(b"opens the permission", at_one)
        await _until(lambda: server.counters.usage.to_peer_packets == 1)
        one.sendto(b"hello", at_two)
        assert await two_ear.hear() == (b"hello", tuple(at_one))
        two.sendto(b"back", at_one)
        assert await one_ear.hear() == (b"back", tuple(at_two))
        await _hang_up(one, one_ear)
        await _hang_up(two, two_ear)
        assert server.counters.allocations == 0


async def test_aioice_is_told_403_for_a_local_peer_and_the_peer_hears_nothing():
    async with serve(_settings(peers=PeerPolicy())) as server:
        transport, client = await _turn(server)
        peer = await _ear()
        transport.sendto(b"hello", peer.transport.get_extra_info("sockname"))
        await _until(lambda: server.counters.refusals[403] == 1)
        assert peer.heard.empty()
        await _hang_up(transport, client)
        assert server.counters.allocations == 0
        await _hang_up(peer.transport, peer)


async def test_aioice_is_told_401_for_a_wrong_password():
    async with serve(_settings()) as server:
        with pytest.raises(stun.TransactionFailed) as failed:
            await _turn(server, password="wrong")
        assert failed.value.response.error_code == 401


async def test_aioice_allocates_with_a_time_limited_credential():
    minted = mint("shared", "carol", 60, time.time())
    async with serve(_settings(users={}, rest_secrets=("old", "shared"))) as server:
        transport, client = await _turn(server, minted.username, minted.password)
        assert server.counters.allocations == 1
        await _hang_up(transport, client)


async def test_garbage_disturbs_nobody_and_is_counted():
    async with serve(_settings()) as server:
        transport, client = await _turn(server)
        ear = await _ear()
        for data in (b"", b"\xff" * 1000, b"GET / HTTP/1.1", bytes(20), b"\x40\x00\xff\xff"):
            ear.transport.sendto(data, server.addresses[0])
        binding = Message.request(Method.BINDING, b"t" * 12)
        ear.transport.sendto(binding.encode(), server.addresses[0])
        reply, _ = await ear.hear()
        assert decode(reply).get(XorMappedAddress).address == ear.transport.get_extra_info(
            "sockname"
        )
        drops = server.counters.drops
        assert drops[DropReason.GARBAGE] + drops[DropReason.MALFORMED] >= 4
        assert ear.heard.empty()
        transport.sendto(b"hello", ear.transport.get_extra_info("sockname"))
        assert (await ear.hear())[0] == b"hello"
        await _hang_up(transport, client)
        await _hang_up(ear.transport, ear)


async def test_every_address_is_served_and_port_zero_becomes_a_real_one():
    async with serve(_settings(listen=(LOCAL, Address("127.0.0.2", 0)))) as server:
        assert [address.host for address in server.addresses] == ["127.0.0.1", "127.0.0.2"]
        assert all(address.port for address in server.addresses)
        ear = await _ear()
        for address in server.addresses:
            ear.transport.sendto(Message.request(Method.BINDING, b"t" * 12).encode(), address)
            assert (await ear.hear())[1] == tuple(address)
        await _hang_up(ear.transport, ear)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_a_client_over_ipv6_is_served():
    async with serve(_settings(listen=(Address("::1", 0),))) as server:
        loop = asyncio.get_running_loop()
        transport, ear = await loop.create_datagram_endpoint(Ear, local_addr=("::1", 0))
        transport.sendto(
            Message.request(Method.BINDING, b"t" * 12).encode(), tuple(server.addresses[0])
        )
        reply, _ = await ear.hear()
        assert (
            decode(reply).get(XorMappedAddress).address == transport.get_extra_info("sockname")[:2]
        )
        await _hang_up(transport, ear)


async def test_a_port_in_use_is_an_os_error_that_names_it_and_leaves_nothing_open():
    async with serve(_settings()) as server:
        taken = server.addresses[0]
        with pytest.raises(OSError, match=f"127.0.0.1 port {taken.port}") as caught:
            async with serve(_settings(listen=(LOCAL, taken))):
                pass
        assert caught.value.errno == errno.EADDRINUSE


async def test_a_relay_port_that_another_program_holds_is_passed_over():
    holders = []
    try:
        for _ in range(3):
            holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            holders.append(holder)
            holder.bind(("127.0.0.1", 0))
        port = holders[0].getsockname()[1]
        async with serve(_settings(port_range=(port, port))) as server:
            with pytest.raises(stun.TransactionFailed) as failed:
                await _turn(server)
            assert failed.value.response.error_code == 508
            assert server.counters.allocations == 0
    finally:
        for holder in holders:
            holder.close()


async def test_closing_gives_every_port_back_at_once_and_can_be_repeated():
    async with serve(_settings()) as server:
        address = server.addresses[0]
        ear, relayed = await _allocate(server)
        server.close()
        server.close()
        for freed in (address, relayed):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
                again.bind(tuple(freed))
        assert server.counters.allocations == 0
        await _hang_up(ear.transport, ear)


@pytest.mark.asyncio(
    loop_factories=["asyncio"]
)  # the relay's own loop has its time from the system
async def test_the_timer_ends_an_allocation_that_is_not_refreshed(monkeypatch):
    loop = asyncio.get_running_loop()
    real, jump = loop.time, [0.0]
    monkeypatch.setattr(loop, "time", lambda: real() + jump[0])
    async with serve(_settings()) as server:
        first, _ = await _allocate(server)
        jump[0] += 300
        second, _ = await _allocate(server)
        jump[0] += 299
        await asyncio.sleep(0)
        assert server.counters.allocations == 2
        jump[0] += 1.5
        await _until(lambda: server.counters.allocations == 1)
        jump[0] += 300
        await _until(lambda: server.counters.allocations == 0)
        for ear in (first, second):
            await _hang_up(ear.transport, ear)


async def test_settings_change_while_clients_are_served_and_listeners_do_not():
    settings = _settings()
    async with serve(settings) as server:
        transport, client = await _turn(server)
        peer = await _ear()
        target = peer.transport.get_extra_info("sockname")
        transport.sendto(b"before", target)
        assert (await peer.hear())[0] == b"before"
        server.reload(_settings(peers=PeerPolicy(), users={"bob": "builder"}))
        dropped = server.counters.drops[DropReason.NO_CHANNEL]
        transport.sendto(b"after", target)
        while server.counters.drops[DropReason.NO_CHANNEL] == dropped:
            await asyncio.sleep(0)
        assert peer.heard.empty()
        with pytest.raises(SettingsError, match="listen_tcp"):
            server.reload(_settings(listen_tcp=(LOCAL,)))
        with pytest.raises(stun.TransactionFailed):
            await _turn(server)
        server.reload(settings)  # and alice may say goodbye
        await _hang_up(transport, client)
        await _hang_up(peer.transport, peer)
