"""Peers over TCP through a relay on real sockets: the bytes of both ends, and their common end (RFC 6062)."""

import asyncio
import os
import socket
import ssl
from dataclasses import replace

import pytest

import relay
from stunwire import (
    Address,
    Attribute,
    Class,
    ConnectionId,
    IntegrityKey,
    Message,
    Method,
    Nonce,
    Realm,
    RequestedTransport,
    Username,
    XorPeerAddress,
    XorRelayedAddress,
    decode,
    long_term_key,
)

PATIENCE = 20.0
KEY = IntegrityKey(long_term_key("alice", "lab.example", "wonder"))
HERE = Address("127.0.0.1", 0)
MUCH = 4 * 1024 * 1024


class Client:
    """One connection to the relay."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.proof: tuple[Attribute, ...] = ()

    async def read(self) -> Message:
        async with asyncio.timeout(PATIENCE):
            header = await self.reader.readexactly(20)
            return decode(header + await self.reader.readexactly(int.from_bytes(header[2:4])))

    def say(self, method: Method, *attributes: Attribute) -> bytes:
        request = Message.request(method, os.urandom(12), *attributes, *self.proof)
        return request.encode(integrity=KEY if self.proof else None)

    async def ask(self, method: Method, *attributes: Attribute) -> Message:
        self.writer.write(self.say(method, *attributes))
        return await self.read()

    async def allocate(self) -> Message:
        challenge = await self.ask(Method.ALLOCATE, RequestedTransport(6))
        self.proof = (Username("alice"), Realm("lab.example"), challenge.get(Nonce))
        reply = await self.ask(Method.ALLOCATE, RequestedTransport(6))
        assert reply.cls is Class.SUCCESS
        return reply


class World:
    """A relay, a listening peer, and clients over TCP or TLS."""

    def __init__(self, server: relay.Server, peer: socket.socket, tls: bool) -> None:
        self.server, self.peer, self.tls = server, peer, tls
        self.loop = asyncio.get_running_loop()
        self.clients: list[Client] = []

    async def client(self) -> Client:
        context = None
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        address = (self.server.tls_addresses if self.tls else self.server.tcp_addresses)[0]
        client = Client(*await asyncio.open_connection(*address, ssl=context))
        self.clients.append(client)
        return client

    async def accept(self) -> socket.socket:
        opened, _ = await asyncio.wait_for(self.loop.sock_accept(self.peer), PATIENCE)
        return opened

    async def joined(self) -> tuple[Client, socket.socket]:
        """Allocate, connect and bind; return both ends."""
        control = await self.client()
        await control.allocate()
        reply = await control.ask(Method.CONNECT, XorPeerAddress(Address(*self.peer.getsockname())))
        data = await self.client()
        data.proof = control.proof
        assert (await data.ask(Method.CONNECTION_BIND, reply.get(ConnectionId))).cls is (
            Class.SUCCESS
        )
        return data, await self.accept()


@pytest.fixture(params=["tcp", "tls"])
async def world(request, certificate):
    settings = relay.Settings(
        listen_tcp=(HERE,),
        listen_tls=(HERE,),
        certificate=certificate,
        realm="lab.example",
        users={"alice": "wonder"},
        peers=relay.PeerPolicy(reach=relay.Reach.LOCAL),
        tcp_relay=relay.TcpRelay.ON,
    )
    async with relay.serve(settings) as server:
        with socket.create_server(HERE) as peer:
            peer.setblocking(False)
            world = World(server, peer, request.param == "tls")
            world.settings = settings
            yield world
            for client in world.clients:
                client.writer.transport.abort()


async def receive(world, far: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        got += await asyncio.wait_for(world.loop.sock_recv(far, 1 << 20), PATIENCE)
    return got


async def test_much_passes_both_ways_at_once_and_nothing_is_lost(world):
    data, far = await world.joined()
    sent, back = os.urandom(MUCH), os.urandom(MUCH)
    with far:
        data.writer.write(sent)
        async with asyncio.timeout(4 * PATIENCE), asyncio.TaskGroup() as tasks:
            tasks.create_task(world.loop.sock_sendall(far, back))
            there = tasks.create_task(receive(world, far, MUCH))
            here = tasks.create_task(data.reader.readexactly(MUCH))
        assert (there.result() == sent, here.result() == back) == (True, True)
    usage = world.server.counters.usage
    assert (usage.to_peer_bytes, usage.to_client_bytes) == (MUCH, MUCH)


async def test_a_peer_that_closes_ends_the_client_after_its_last_bytes(world):
    data, far = await world.joined()
    await world.loop.sock_sendall(far, b"last words")
    far.close()
    assert await asyncio.wait_for(data.reader.read(), PATIENCE) == b"last words"


async def test_a_client_that_closes_ends_the_peer_after_its_last_bytes(world):
    data, far = await world.joined()
    data.writer.write(b"last words")
    data.writer.close()
    with far:
        assert await receive(world, far, 10) == b"last words"
        assert await asyncio.wait_for(world.loop.sock_recv(far, 1), PATIENCE) == b""


async def test_a_client_is_told_of_a_peer_and_binds_its_connection(world):
    control = await world.client()
    relayed = (await control.allocate()).get(XorRelayedAddress).address
    await control.ask(Method.CREATE_PERMISSION, XorPeerAddress(HERE))
    reader, writer = await asyncio.open_connection(*relayed)
    writer.write(b"hello")
    attempt = await control.read()
    assert attempt.method == Method.CONNECTION_ATTEMPT
    data = await world.client()
    data.proof = control.proof
    await data.ask(Method.CONNECTION_BIND, attempt.get(ConnectionId))
    assert await asyncio.wait_for(data.reader.readexactly(5), PATIENCE) == b"hello"
    control.writer.close()  # the allocation ends, and all that hangs on it
    assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
    writer.close()


async def test_a_peer_without_a_permission_is_closed_at_once(world):
    control = await world.client()
    relayed = (await control.allocate()).get(XorRelayedAddress).address
    reader, writer = await asyncio.open_connection(*relayed)
    assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
    writer.close()


async def test_data_sent_with_the_request_reaches_the_peer(world):
    control = await world.client()
    await control.allocate()
    reply = await control.ask(Method.CONNECT, XorPeerAddress(Address(*world.peer.getsockname())))
    data = await world.client()
    data.proof = control.proof
    data.writer.write(data.say(Method.CONNECTION_BIND, reply.get(ConnectionId)) + b"\xffhello")
    assert (await data.read()).cls is Class.SUCCESS
    with await world.accept() as far:
        assert await receive(world, far, 6) == b"\xffhello"


async def test_a_limit_of_bandwidth_holds_a_stream_up_and_loses_nothing(world):
    data, far = await world.joined()
    limits = relay.Limits(bandwidth_per_user=200_000)
    world.server.reload(replace(world.settings, limits=limits))
    sent, began = os.urandom(260_000), world.loop.time()
    with far:
        data.writer.write(sent)
        assert await receive(world, far, len(sent)) == sent
        await world.loop.sock_sendall(far, sent[:20_000])
        assert await data.reader.readexactly(20_000) == sent[:20_000]
        # Nothing passes before what was above the limit is paid back, in however large pieces it was read.
        assert world.loop.time() - began >= 0.3


async def test_a_peer_that_is_denied_now_loses_its_connection(world):
    data, far = await world.joined()
    world.server.reload(replace(world.settings, peers=relay.PeerPolicy()))
    with far:
        assert await asyncio.wait_for(world.loop.sock_recv(far, 1), PATIENCE) == b""
    assert await asyncio.wait_for(data.reader.read(), PATIENCE) == b""
