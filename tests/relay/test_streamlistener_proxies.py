"""Connections that a proxy passes on: the client that counts is the one behind it."""

import asyncio
import ssl

import pytest

from relay import HangUp, PeerPolicy, Reach, Settings, StreamLimits, serve
from stunwire import (
    Address,
    Class,
    IntegrityKey,
    Message,
    Method,
    Nonce,
    Realm,
    RequestedTransport,
    Username,
    XorMappedAddress,
    decode,
    long_term_key,
)

LOCAL = Address("127.0.0.1", 0)
DEADLINE = 20.0
BINDING = Message.request(Method.BINDING, b"t" * 12).encode()
HEADER = b"PROXY TCP4 203.0.113.9 198.51.100.1 56324 3478\r\n"
CLIENT = ("203.0.113.9", 56324)


def _settings(**changed) -> Settings:
    usual = {
        "listen_tcp": (LOCAL,),
        "users": {"alice": "wonder"},
        "realm": "lab.example",
        "peers": PeerPolicy(reach=Reach.LOCAL),
        "proxies": ("127.0.0.1/32",),
    }
    return Settings(**{**usual, **changed})


class Caller:
    """A client behind a proxy: the header first, then what it says."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, data: bytes) -> Message:
        self.writer.write(data)
        return await self.hear()

    async def hear(self) -> Message:
        async with asyncio.timeout(DEADLINE):
            head = await self.reader.readexactly(20)
            return decode(head + await self.reader.readexactly(int.from_bytes(head[2:4], "big")))

    async def allocate(self) -> Message:
        def request(*attributes) -> Message:
            return Message.request(Method.ALLOCATE, b"a" * 12, RequestedTransport(17), *attributes)

        nonce = (await self.ask(request().encode())).get(Nonce)
        signed = request(Username("alice"), Realm("lab.example"), nonce)
        key = IntegrityKey(long_term_key("alice", "lab.example", "wonder"))
        return await self.ask(signed.encode(integrity=key))

    async def is_closed(self) -> bool:
        async with asyncio.timeout(DEADLINE):
            try:
                return await self.reader.read(1) == b""
            except ConnectionResetError:
                return True


async def _call(server, header: bytes = HEADER) -> Caller:
    caller = Caller(*await asyncio.open_connection(*server.tcp_addresses[0]))
    caller.writer.write(header)
    return caller


async def _until(condition) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.001)


async def test_the_mapped_address_is_the_one_that_the_proxy_names():
    async with serve(_settings()) as server:
        caller = await _call(server)
        assert (await caller.ask(BINDING)).get(XorMappedAddress).address == CLIENT
        caller.writer.close()


async def test_a_client_behind_a_proxy_allocates_and_its_end_is_the_allocations_end():
    async with serve(_settings()) as server:
        caller = await _call(server)
        reply = await caller.allocate()
        assert reply.cls is Class.SUCCESS
        assert reply.get(XorMappedAddress).address == CLIENT
        caller.writer.close()
        await _until(lambda: server.counters.allocations == 0)
        assert server.counters.hang_ups == {}


async def test_a_proxys_own_connection_counts_as_its_own():
    async with serve(_settings()) as server:
        caller = await _call(server, b"PROXY UNKNOWN\r\n")
        reply = await caller.ask(BINDING)
        own = caller.writer.get_extra_info("sockname")
        assert reply.get(XorMappedAddress).address == own
        caller.writer.close()


async def test_who_is_not_trusted_is_a_client_itself_and_a_header_of_its_is_garbage():
    async with serve(_settings(proxies=("10.0.0.0/8",))) as server:
        caller = await _call(server, b"")
        own = caller.writer.get_extra_info("sockname")
        assert (await caller.ask(BINDING)).get(XorMappedAddress).address == own
        liar = await _call(server)
        assert await liar.is_closed()
        assert server.counters.hang_ups == {HangUp.GARBAGE: 1}
        for one in (caller, liar):
            one.writer.close()


async def test_a_trusted_proxy_without_a_header_is_cut_off():
    async with serve(_settings()) as server:
        caller = await _call(server, BINDING)
        assert await caller.is_closed()
        assert server.counters.hang_ups == {HangUp.BAD_HEADER: 1}
        caller.writer.close()


async def test_connections_are_counted_for_the_client_and_not_for_the_proxy():
    async with serve(_settings(streams=StreamLimits(connections_per_source=1))) as server:
        one = await _call(server)
        await one.ask(BINDING)
        other = await _call(server, HEADER.replace(b".113.9", b".113.8"))
        await other.ask(BINDING)
        third = await _call(server, HEADER.replace(b"56324", b"56325"))
        assert await third.is_closed()
        assert server.counters.hang_ups == {HangUp.TOO_MANY_OF_SOURCE: 1}
        for caller in (one, other, third):
            caller.writer.close()


async def test_unauthenticated_answers_are_limited_for_the_client_and_not_for_the_proxy():
    from relay import DropReason, Limits

    few = Limits(unauthenticated_rate=0.001, unauthenticated_burst=3)
    async with serve(_settings(limits=few)) as server:
        noisy = await _call(server)
        for _ in range(3):
            await noisy.ask(BINDING)
        noisy.writer.write(BINDING)
        await _until(lambda: server.counters.drops[DropReason.RATE_LIMITED] == 1)
        quiet = await _call(server, HEADER.replace(b".113.9", b".113.8"))
        await quiet.ask(BINDING)
        for caller in (noisy, quiet):
            caller.writer.close()


async def test_a_newer_connection_with_the_same_five_tuple_takes_the_place_of_the_older():
    async with serve(_settings()) as server:
        old = await _call(server)
        assert (await old.allocate()).cls is Class.SUCCESS
        new = await _call(server)
        await new.ask(BINDING)
        assert await old.is_closed()
        counters = server.counters
        assert (counters.allocations, counters.connections) == (0, 1)
        assert counters.hang_ups == {HangUp.REPLACED: 1}
        assert (await new.allocate()).cls is Class.SUCCESS
        for caller in (old, new):
            caller.writer.close()


async def test_a_header_stands_before_tls_even_in_one_segment(certificate):
    settings = _settings(listen_tcp=(), listen_tls=(LOCAL,), certificate=certificate)
    trust = ssl.create_default_context(cafile=certificate.chain)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trust.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    async with serve(settings) as server:
        reader, writer = await asyncio.open_connection(*server.tls_addresses[0])
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        writer.write(HEADER + outgoing.read())
        said, plain = False, b""
        async with asyncio.timeout(DEADLINE):
            while not plain:
                incoming.write(await reader.read(65536))
                try:
                    tls.do_handshake()
                    if not said:
                        tls.write(BINDING)
                        said = True
                    plain = tls.read(65536)
                except ssl.SSLWantReadError:
                    pass
                writer.write(outgoing.read())
        assert decode(plain).get(XorMappedAddress).address == CLIENT
        writer.close()
