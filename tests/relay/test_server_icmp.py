"""A closed port behind a real relay socket: its client hears of it, and the next packets still go out."""

import asyncio
import os
import socket

from relay import PeerPolicy, Reach, Settings, serve
from stunwire import (
    Address,
    Data,
    DontFragment,
    Icmp,
    IntegrityKey,
    Message,
    Method,
    Nonce,
    Realm,
    RequestedTransport,
    Username,
    XorPeerAddress,
    decode,
    long_term_key,
)

LOCAL = Address("127.0.0.1", 0)
PATIENCE = 20.0
KEY = IntegrityKey(long_term_key("alice", "lab.example", "wonder"))


class Client:
    """A TURN client on a plain socket, asked one thing at a time."""

    def __init__(self, server: Address) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.connect(server)
        self.proof = ()

    async def hear(self) -> Message:
        loop = asyncio.get_running_loop()
        return decode(await asyncio.wait_for(loop.sock_recv(self.socket, 2048), PATIENCE))

    async def ask(self, method, *attributes) -> Message:
        message = Message.request(method, os.urandom(12), *attributes, *self.proof)
        self.socket.send(message.encode(integrity=KEY if self.proof else None))
        return await self.hear()

    async def allocate(self) -> Message:
        wanted = RequestedTransport(17)
        challenge = await self.ask(Method.ALLOCATE, wanted)
        self.proof = (Username("alice"), Realm("lab.example"), challenge.get(Nonce))
        return await self.ask(Method.ALLOCATE, wanted, DontFragment())

    def send(self, peer: Address, data: bytes, *more) -> None:
        named = XorPeerAddress(peer)
        message = Message.indication(Method.SEND, os.urandom(12), named, Data(data), *more)
        self.socket.send(message.encode())


def _closed_port() -> Address:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(LOCAL)
        return Address(*closed.getsockname())


async def test_the_client_hears_that_a_port_is_closed_and_a_packet_for_another_is_not_lost():
    settings = Settings(
        listen=(LOCAL,),
        realm="lab.example",
        users={"alice": "wonder"},
        peers=PeerPolicy(reach=Reach.LOCAL),
    )
    async with serve(settings) as server:
        client, closed = Client(server.addresses[0]), _closed_port()
        await client.allocate()
        await client.ask(Method.CREATE_PERMISSION, XorPeerAddress(closed))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.setblocking(False)
            peer.bind(LOCAL)
            client.send(closed, b"lost")
            client.send(Address(*peer.getsockname()), b"whole", DontFragment())
            loop = asyncio.get_running_loop()
            heard = await asyncio.wait_for(loop.sock_recv(peer, 100), PATIENCE)
            assert heard == b"whole"
        told = await client.hear()
        assert told.get(XorPeerAddress).address == closed
        assert told.get(Icmp) == Icmp(3, 3)
        assert server.counters.drops == {}
        client.socket.close()
