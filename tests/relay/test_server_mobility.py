"""A client that moves between sockets and transports, through a relay on real sockets (RFC 8016)."""

import asyncio
import os
import socket

import pytest

import relay
from stunwire import (
    Address,
    Attribute,
    ChannelData,
    ChannelNumber,
    Class,
    IntegrityKey,
    Lifetime,
    Message,
    Method,
    MobilityTicket,
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


class Client:
    """One socket towards the relay, over UDP or TCP."""

    def __init__(self, opened: socket.socket) -> None:
        self.socket = opened
        self.proof: tuple[Attribute, ...] = ()

    async def read(self) -> bytes:
        loop = asyncio.get_running_loop()
        return await asyncio.wait_for(loop.sock_recv(self.socket, 65536), PATIENCE)

    async def say(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def ask(self, method: Method, *attributes: Attribute) -> Message:
        request = Message.request(method, os.urandom(12), *attributes, *self.proof)
        await self.say(request.encode(integrity=KEY if self.proof else None))
        reply = decode(await self.read())
        if reply.cls is Class.ERROR and reply.get(Nonce) is not None:
            self.proof = (Username("alice"), Realm("lab.example"), reply.get(Nonce))
            return await self.ask(method, *attributes)
        assert reply.cls is Class.SUCCESS
        return reply


@pytest.fixture
async def server():
    settings = relay.Settings(
        listen=(HERE,),
        listen_tcp=(HERE,),
        realm="lab.example",
        users={"alice": "wonder"},
        peers=relay.PeerPolicy(reach=relay.Reach.LOCAL),
        mobility=relay.Mobility.ON,
    )
    async with relay.serve(settings) as server:
        yield server


@pytest.fixture
async def connect(server):
    opened = []

    async def connect(kind: socket.SocketKind) -> Client:
        is_udp = kind is socket.SOCK_DGRAM
        new = socket.socket(socket.AF_INET, kind)
        new.setblocking(False)
        opened.append(new)
        address = server.addresses[0] if is_udp else server.tcp_addresses[0]
        await asyncio.get_running_loop().sock_connect(new, address)
        return Client(new)

    yield connect
    for one in opened:
        one.close()


@pytest.fixture
def peer():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(HERE)
        opened.setblocking(False)
        yield opened


async def hear(peer: socket.socket) -> bytes:
    return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(peer, 100), PATIENCE)


KINDS = [socket.SOCK_DGRAM, socket.SOCK_STREAM]


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
async def test_a_channel_goes_on_over_another_socket_in_both_directions(
    server, connect, peer, first, second
):
    old = await connect(first)
    wish = (RequestedTransport(17), MobilityTicket(b""))
    made = await old.ask(Method.ALLOCATE, *wish)
    relayed = made.get(XorRelayedAddress).address
    address = XorPeerAddress(Address(*peer.getsockname()))
    await old.ask(Method.CHANNEL_BIND, ChannelNumber(0x4000), address)
    new = await connect(second)
    ticket = made.get(MobilityTicket)
    assert (await new.ask(Method.REFRESH, Lifetime(600), ticket)).get(MobilityTicket) is not None
    peer.sendto(b"old1", relayed)
    assert await old.read() == ChannelData(0x4000, b"old1").encode()
    await new.say(ChannelData(0x4000, b"new1").encode())
    assert await hear(peer) == b"new1"
    peer.sendto(b"new2", relayed)
    assert await new.read() == ChannelData(0x4000, b"new2").encode()
    old.socket.close()
    await new.say(ChannelData(0x4000, b"new3").encode())
    assert await hear(peer) == b"new3"
    counters = server.counters
    assert (counters.moves, counters.allocations) == (1, 1)


async def test_a_connection_that_is_reset_leaves_the_allocation_to_who_comes_back(
    server, connect, peer
):
    old = await connect(socket.SOCK_STREAM)
    wish = (RequestedTransport(17), MobilityTicket(b""))
    made = await old.ask(Method.ALLOCATE, *wish)
    relayed = made.get(XorRelayedAddress).address
    address = XorPeerAddress(Address(*peer.getsockname()))
    await old.ask(Method.CHANNEL_BIND, ChannelNumber(0x4000), address)
    old.socket.close()
    async with asyncio.timeout(PATIENCE):
        while server.counters.connections:
            await asyncio.sleep(0)
    peer.sendto(b"lost", relayed)
    async with asyncio.timeout(PATIENCE):
        while not server.counters.drops[relay.DropReason.NO_CLIENT]:
            await asyncio.sleep(0)
    new = await connect(socket.SOCK_DGRAM)
    await new.ask(Method.REFRESH, Lifetime(600), made.get(MobilityTicket))
    peer.sendto(b"here", relayed)
    assert await new.read() == ChannelData(0x4000, b"here").encode()
