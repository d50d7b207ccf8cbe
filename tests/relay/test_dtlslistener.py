"""Listeners for DTLS on real loopback sockets: channels, indications, restarts, goodbyes and strangers."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest
from OpenSSL import SSL

from nat.simulator import Simulation
from relay import (
    DropReason,
    DtlsLimits,
    HangUp,
    Limits,
    PeerPolicy,
    Reach,
    Settings,
    SettingsError,
    TcpRelay,
    serve,
)
from stunwire import (
    Address,
    Attribute,
    ChannelData,
    ChannelNumber,
    Class,
    Data,
    ErrorCode,
    IntegrityKey,
    Lifetime,
    Message,
    Method,
    Nonce,
    Realm,
    RequestedTransport,
    Username,
    XorMappedAddress,
    XorPeerAddress,
    XorRelayedAddress,
    decode,
    long_term_key,
)

LOCAL = Address("127.0.0.1", 0)
PATIENCE = 20.0
BINDING = Message.request(Method.BINDING, b"t" * 12).encode()
KEY = IntegrityKey(long_term_key("alice", "lab.example", "wonder"))
UDP, TCP = RequestedTransport(17), RequestedTransport(6)


class Ear(asyncio.DatagramProtocol):
    """A socket that keeps what it hears."""

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.heard: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()
        self.lost = asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.put_nowait((data, addr))

    def connection_lost(self, exc) -> None:
        self.lost.set()

    @property
    def address(self) -> Address:
        return Address(*self.transport.get_extra_info("sockname"))

    async def hear(self, patience: float = PATIENCE) -> tuple[bytes, tuple[str, int]]:
        return await asyncio.wait_for(self.heard.get(), patience)

    async def close(self) -> None:
        self.transport.close()
        await self.lost.wait()


async def open_ear(host: str = "127.0.0.1") -> Ear:
    loop = asyncio.get_running_loop()
    return (await loop.create_datagram_endpoint(Ear, local_addr=(host, 0)))[1]


class TurnClient:
    """TURN over DTLS, from one socket."""

    def __init__(self, ear: Ear, server: Address, tls: Any) -> None:
        self.ear, self.server, self.tls = ear, server, tls
        self.proof: tuple[Attribute, ...] = ()

    def put(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            self.ear.transport.sendto(datagram, self.server)

    async def connect(self) -> "TurnClient":
        self.put(self.tls.hello())
        while not self.tls.is_ready:
            self.put(self.tls.hear((await self.ear.hear())[0]))
        return self

    def say(self, frame: bytes) -> None:
        self.put([self.tls.say(frame)])

    async def hear(self) -> bytes:
        while not self.tls.heard:
            self.tls.hear((await self.ear.hear())[0])
        return self.tls.heard.pop(0)

    async def ask(self, method: Method, *attributes: Attribute) -> Message:
        request = Message.request(method, os.urandom(12), *attributes, *self.proof)
        self.say(request.encode(integrity=KEY if self.proof else None))
        return decode(await self.hear())

    async def allocate(self) -> Address:
        if not self.proof:
            challenge = await self.ask(Method.ALLOCATE, UDP)
            self.proof = (Username("alice"), Realm("lab.example"), challenge.get(Nonce))
        reply = await self.ask(Method.ALLOCATE, UDP)
        assert reply.cls is Class.SUCCESS
        return reply.get(XorRelayedAddress).address

    async def ended(self, patience: float = PATIENCE) -> None:
        """Wait for the relay's goodbye."""
        with contextlib.suppress(SSL.ZeroReturnError):
            while True:
                self.tls.hear((await self.ear.hear(patience))[0])


@pytest.fixture
def settings(certificate) -> Callable[..., Settings]:
    usual = {
        "listen_dtls": (LOCAL,),
        "certificate": certificate,
        "realm": "lab.example",
        "users": {"alice": "wonder"},
        "peers": PeerPolicy(reach=Reach.LOCAL),
    }
    return lambda **changed: Settings(**{**usual, **changed})


@pytest.fixture
async def connect(make_dtls_client):
    """Make clients, whose sockets are closed in the end."""
    ears: list[Ear] = []

    async def connect(server, ear: Ear | None = None) -> TurnClient:
        if ear is None:
            ear = await open_ear()
            ears.append(ear)
        return await TurnClient(ear, server.dtls_addresses[0], make_dtls_client()).connect()

    yield connect
    for ear in ears:
        await ear.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


async def test_channel_data_goes_both_ways_without_padding(settings, connect):
    async with serve(settings()) as server:
        client, peer = await connect(server), await open_ear()
        relayed = await client.allocate()
        await client.ask(Method.CHANNEL_BIND, ChannelNumber(0x4001), XorPeerAddress(peer.address))
        for size in (1, 2, 3, 5, 1200):
            client.say(ChannelData(0x4001, b"x" * size).encode())
            assert await peer.hear() == (b"x" * size, relayed)
            peer.transport.sendto(b"y" * size, relayed)
            assert await client.hear() == ChannelData(0x4001, b"y" * size).encode()
        usage = server.counters.usage
        assert (usage.to_peer_packets, usage.to_client_packets) == (5, 5)
        assert server.counters.drops == {}
        await peer.close()


async def test_a_burst_from_a_peer_is_encrypted_packet_by_packet(settings, connect):
    async with serve(settings()) as server:
        client, peer = await connect(server), await open_ear()
        relayed = await client.allocate()
        await client.ask(Method.CHANNEL_BIND, ChannelNumber(0x4001), XorPeerAddress(peer.address))
        for _ in range(3):
            sent = [bytes((n,)) * 300 for n in range(40)]
            for data in sent:
                peer.transport.sendto(data, relayed)
            heard = [await client.hear() for _ in sent]
            assert heard == [ChannelData(0x4001, data).encode() for data in sent]
        await peer.close()


async def test_indications_go_both_ways(settings, connect):
    async with serve(settings()) as server:
        client, peer = await connect(server), await open_ear()
        relayed = await client.allocate()
        to = XorPeerAddress(peer.address)
        await client.ask(Method.CREATE_PERMISSION, to)
        client.say(Message.indication(Method.SEND, b"t" * 12, to, Data(b"hello")).encode())
        assert await peer.hear() == (b"hello", relayed)
        peer.transport.sendto(b"good day", relayed)
        heard = decode(await client.hear())
        assert heard.get(Data) == Data(b"good day")
        await peer.close()


async def test_a_binding_tells_the_address_and_a_goodbye_leaves_nothing(settings, connect):
    async with serve(settings()) as server:
        client = await connect(server)
        client.say(BINDING)
        assert decode(await client.hear()).get(XorMappedAddress).address == client.ear.address
        assert server.counters.connections == 1
        client.put([client.tls.goodbye()])
        await client.ended()
        await until(lambda: server.counters.connections == 0)
        assert server.counters.hang_ups == {}


async def test_a_goodbye_ends_the_allocation(settings, connect):
    async with serve(settings()) as server:
        client = await connect(server)
        await client.allocate()
        assert server.counters.allocations == 1
        client.put([client.tls.goodbye()])
        await until(lambda: server.counters.allocations == 0)


async def test_an_application_that_starts_again_on_its_port_gets_a_new_allocation(
    settings, connect
):
    async with serve(settings()) as server:
        old = await connect(server)
        first = await old.allocate()
        new = await connect(server, old.ear)
        assert await new.allocate() != first
        counters = server.counters
        assert (counters.allocations, counters.allocations_opened) == (1, 2)
        assert counters.connections == 1


async def test_strangers_and_forgers_on_the_port_are_counted_and_harm_nobody(
    settings, connect, make_dtls_client
):
    async with serve(settings()) as server:
        client = await connect(server)
        await client.allocate()
        forged = [BINDING, b"\x17\xfe\xfd\0\1" + bytes(6) + b"\0\4abcd"]
        client.put([*forged, *make_dtls_client().hello()])
        asked, _ = await client.ear.hear()
        assert asked[13] == 3  # RFC 6347 §4.3.2: hello_verify_request
        assert (await client.ask(Method.REFRESH, Lifetime(600))).cls is Class.SUCCESS
        assert server.counters.drops == {DropReason.GARBAGE: 1, DropReason.NOT_DECRYPTED: 1}
        assert server.counters.allocations == 1


async def test_client_hellos_of_one_source_are_answered_at_a_rate_and_no_more(
    settings, make_dtls_client
):
    limits = Limits(unauthenticated_rate=0.001, unauthenticated_burst=3)
    async with serve(settings(limits=limits)) as server:
        ear = await open_ear()
        for _ in range(10):
            (hello,) = make_dtls_client().hello()
            ear.transport.sendto(hello, server.dtls_addresses[0])
        await until(lambda: server.counters.drops == {DropReason.RATE_LIMITED: 7})
        assert ear.heard.qsize() <= 3
        assert server.counters.connections == 0
        await ear.close()


async def test_a_frame_that_no_record_holds_is_dropped_and_counted(settings, connect):
    async with serve(settings()) as server:
        client, peer = await connect(server), await open_ear()
        relayed = await client.allocate()
        await client.ask(Method.CHANNEL_BIND, ChannelNumber(0x4001), XorPeerAddress(peer.address))
        peer.transport.sendto(bytes(20_000), relayed)
        peer.transport.sendto(b"short", relayed)
        assert await client.hear() == ChannelData(0x4001, b"short").encode()
        assert server.counters.drops == {DropReason.SEND_FAILED: 1}
        await peer.close()


async def test_peers_over_tcp_are_not_for_clients_over_dtls(settings, connect):
    async with serve(settings(tcp_relay=TcpRelay.ON)) as server:
        client = await connect(server)
        await client.allocate()
        await client.ask(Method.REFRESH, Lifetime(0))
        reply = await client.ask(Method.ALLOCATE, TCP)
        assert reply.get(ErrorCode).code == 400
        assert (await client.ask(Method.CONNECTION_BIND)).get(ErrorCode).code == 400


async def test_clients_are_told_when_the_relay_closes(settings, connect):
    async with serve(settings()) as server:
        client = await connect(server)
        await client.allocate()
    await client.ended()


async def test_new_sessions_see_a_new_certificate_and_old_ones_go_on(
    settings, connect, own_files, make_certificate
):
    async with serve(settings(certificate=own_files)) as server:
        old = await connect(server)
        make_certificate(own_files, "renewed")
        server.reload_certificates()
        new = await connect(server)
        assert (old.tls.server_name(), new.tls.server_name()) == ("lab", "renewed")
        assert await old.allocate() != await new.allocate()


async def test_ipv6_clients_are_served(settings, make_dtls_client):
    async with serve(settings(listen_dtls=(Address("::1", 0),))) as server:
        ear = await open_ear("::1")
        client = TurnClient(ear, server.dtls_addresses[0], make_dtls_client())
        await client.connect()
        client.say(BINDING)
        mapped = decode(await client.hear()).get(XorMappedAddress).address
        assert mapped == Address("::1", ear.transport.get_extra_info("sockname")[1])
        await ear.close()


async def test_an_address_in_use_is_named(settings):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1 port {port}"):
            async with serve(settings(listen_dtls=(Address("127.0.0.1", port),))):
                pass


def test_dtls_needs_a_certificate():
    with pytest.raises(SettingsError, match="certificate to listen with over DTLS"):
        Settings(listen_dtls=(LOCAL,))


# in virtual time


def test_who_says_nothing_is_let_go_by_the_relays_clock(settings, make_dtls_client):
    """One client stops in its handshake, one says nothing after it, and one has an allocation."""
    sim = Simulation(seed=3)
    listen = (Address("198.51.100.1", 5349),)
    server = serve(settings(listen_dtls=listen, dtls=DtlsLimits(handshake=8.0, idle=30.0)))

    async def client(host: str) -> TurnClient:
        return TurnClient(await open_ear(host), listen[0], make_dtls_client())

    async def main() -> None:
        half, silent, holder = [await client("198.51.100.2") for _ in range(3)]
        half.put(half.tls.hello())
        half.put(half.tls.hear((await half.ear.hear())[0]))
        await silent.connect()
        await (await holder.connect()).allocate()
        await asyncio.sleep(7)
        assert server.counters.connections == 3
        await asyncio.sleep(2)
        assert server.counters.hang_ups == {HangUp.NO_HANDSHAKE: 1}
        await silent.ended(60)
        assert server.counters.hang_ups == {HangUp.NO_HANDSHAKE: 1, HangUp.IDLE: 1}
        assert 29.0 < asyncio.get_running_loop().time() < 31.0
        await asyncio.sleep(500)
        assert (await holder.ask(Method.REFRESH, Lifetime(0))).cls is Class.SUCCESS
        await holder.ended(60)
        assert server.counters.connections == 0

    async def whole() -> None:
        with relay_host:
            await server.__aenter__()
        with client_host:
            await main()

    relay_host, client_host = sim.host("r", "198.51.100.1"), sim.host("c", "198.51.100.2")
    sim.run(whole())
