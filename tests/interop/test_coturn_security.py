"""The addresses that got past coturn's filters, and those that penetration tests try: ours denies every one.

The same questions go to Debian's coturn 4.6.1, told to deny loopback and 10.0.0.0/8. It lets IPv4 addresses
in IPv6 clothes through, so these questions can be answered wrongly.
"""

import asyncio
import contextlib
import os
import re
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

import relay
from stunwire import (
    Address,
    Attribute,
    ChannelNumber,
    ErrorCode,
    IntegrityKey,
    Lifetime,
    Message,
    Method,
    Nonce,
    Realm,
    RequestedAddressFamily,
    RequestedTransport,
    Username,
    XorPeerAddress,
    decode,
    long_term_key,
)
from tests.interop.coturn import find, play

pytestmark = pytest.mark.interop

HOST, REALM, USER, PASSWORD = "127.0.0.1", "lab.example", "user", "secret"
OWN_HOST, OWN_IPV6_HOST = "127.9.9.9", "::1"
KEY = IntegrityKey(long_term_key(USER, REALM, PASSWORD))
PATIENCE = 20.0
START_UP = 20.0
SUCCESS, FORBIDDEN = 0, 403

DRESSED = (
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
)
"""IPv4 addresses in IPv6 clothes, which coturn 4.6.1 does not recognise."""
METADATA = "169.254.169.254"
"""Where clouds tell secrets; only later releases of coturn deny it by themselves."""
MENDED = (4, 9)
INTERNAL = (
    *("0.0.0.0", "0.0.0.1", "127.0.0.1", "127.0.0.8", "127.255.255.254", "10.0.0.1"),
    *("10.255.255.254", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.1.1"),
    *("192.168.255.254", "169.254.0.1", "169.254.169.254", "169.254.254.255", "224.0.0.1"),
    *("239.255.255.254", "100.64.0.1", "100.100.100.200", "100.127.255.254", "192.0.0.1"),
    *("192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.254", "198.51.100.1"),
    *("203.0.113.1", "240.0.0.1", "255.255.255.255"),
)
"""What penetration tests scan for, and the ends of the networks that are no place on the internet."""
INTERNAL_IPV6 = (
    *("::", "::1", "::10.0.0.1", "::ffff:0.0.0.0", "::ffff:169.254.169.254", "::ffff:192.168.1.1"),
    *("::ffff:0:127.0.0.1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1"),
    *("2002:a00:1::", "2002:a9fe:a9fe::", "2001::1", "2001:db8::1", "100::1", "3fff::1"),
    *("5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1"),
)
PUBLIC, PUBLIC_IPV6 = "8.8.8.8", "2606:4700:4700::1111"


class Client:
    """A TURN client that asks for one family, and then for peers."""

    def __init__(self, server: Address) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.connect(server)
        self.proof: tuple[Attribute, ...] = ()

    async def ask(self, method: Method, *attributes: Attribute) -> Message:
        request = Message.request(method, os.urandom(12), *attributes, *self.proof)
        loop = asyncio.get_running_loop()
        self.socket.send(request.encode(integrity=KEY if self.proof else None))
        while True:
            data = await asyncio.wait_for(loop.sock_recv(self.socket, 2048), PATIENCE)
            if (reply := decode(data)).transaction_id == request.transaction_id:
                return reply

    async def allocate(self, family: int) -> None:
        wanted = (RequestedTransport(17), RequestedAddressFamily(family))
        challenge = await self.ask(Method.ALLOCATE, *wanted)
        self.proof = (Username(USER), Realm(REALM), challenge.get(Nonce))
        reply = await self.ask(Method.ALLOCATE, *wanted)
        assert reply.get(ErrorCode) is None, reply

    async def codes(self, host: str) -> tuple[int, int]:
        """Ask for a permission and for a channel; 0 means that it was given."""
        peer = XorPeerAddress(Address(host, 7000))
        channel = ChannelNumber(0x4000 + int.from_bytes(os.urandom(2), "big") % 0x1000)
        permission = await self.ask(Method.CREATE_PERMISSION, peer)
        return _code(permission), _code(await self.ask(Method.CHANNEL_BIND, channel, peer))

    async def end(self) -> None:
        await self.ask(Method.REFRESH, Lifetime(0))
        self.socket.close()


class TcpClient:
    """A TURN client over TCP that asks for peers over TCP (RFC 6062)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.proof: tuple[Attribute, ...] = ()

    async def ask(self, method: Method, *attributes: Attribute) -> Message:
        request = Message.request(method, os.urandom(12), *attributes, *self.proof)
        self.writer.write(request.encode(integrity=KEY if self.proof else None))
        async with asyncio.timeout(PATIENCE):
            header = await self.reader.readexactly(20)
            return decode(header + await self.reader.readexactly(int.from_bytes(header[2:4])))

    async def connect_codes(self, family: int, hosts: tuple[str, ...]) -> dict[str, int]:
        wanted = (RequestedTransport(6), RequestedAddressFamily(family))
        challenge = await self.ask(Method.ALLOCATE, *wanted)
        self.proof = (Username(USER), Realm(REALM), challenge.get(Nonce))
        assert _code(await self.ask(Method.ALLOCATE, *wanted)) == SUCCESS
        peers = {host: XorPeerAddress(Address(host, 7000)) for host in hosts}
        return {host: _code(await self.ask(Method.CONNECT, peers[host])) for host in hosts}


def _code(reply: Message) -> int:
    error = reply.get(ErrorCode)
    return SUCCESS if error is None else error.code


async def _judge(server: Address, hosts: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """Ask one server for every host, with an allocation of its family."""
    found = {}
    for family, wanted in ((1, False), (2, True)):
        asked = [host for host in hosts if (":" in host) is wanted]
        if asked:
            client = Client(server)
            await client.allocate(family)
            for host in asked:
                found[host] = await client.codes(host)
            await client.end()
    return found


@contextlib.contextmanager
def _free_port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    yield port


@contextlib.asynccontextmanager
async def _coturn() -> AsyncIterator[Address]:
    """Run Debian's coturn, told to deny loopback and 10.0.0.0/8, and end it by its own handle."""
    program = find("turnserver")
    with _free_port() as port:
        process = await asyncio.create_subprocess_exec(
            *(program, "-n", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp", "--lt-cred-mech"),
            *("-L", HOST, "-E", HOST, "-E", "::1", "-p", str(port), "-r", REALM),
            *("-u", f"{USER}:{PASSWORD}", "-m", "1"),
            "--denied-peer-ip=127.0.0.0-127.255.255.255",
            "--denied-peer-ip=10.0.0.0-10.255.255.255",
            *("--log-file", "/dev/null", "--pidfile", "/dev/null"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    try:
        await _wait_for(Address(HOST, port))
        yield Address(HOST, port)
    finally:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _wait_for(server: Address) -> None:
    """Ask until allocations are given: coturn answers Binding before it is ready."""
    async with asyncio.timeout(START_UP):
        while True:
            client = Client(server)
            try:
                async with asyncio.timeout(0.5):
                    await client.allocate(1)
                    await client.end()
                    return
            except (TimeoutError, OSError, AssertionError):
                client.socket.close()
                await asyncio.sleep(0.05)


def _settings() -> relay.Settings:
    listen = (Address(OWN_HOST, 0), Address(OWN_IPV6_HOST, 0))
    return relay.Settings(listen=listen, realm=REALM, users={USER: PASSWORD})


async def test_every_internal_address_in_whatever_clothes_is_denied_and_public_ones_are_not():
    async with relay.serve(_settings()) as server:
        address = server.addresses[0]
        denied = (*INTERNAL, *INTERNAL_IPV6, *DRESSED)
        found = await _judge(address, denied)
        # Clients of one relay meet on its own address, so a permission for that is given; packets go to
        # ports that are allocated at that moment, and to no other (relay/policy.py, rule 2).
        assert found.pop(OWN_IPV6_HOST) == (SUCCESS, FORBIDDEN)
        assert found == {host: (FORBIDDEN, FORBIDDEN) for host in denied if host != OWN_IPV6_HOST}
        public = (PUBLIC, PUBLIC_IPV6)
        assert await _judge(address, public) == dict.fromkeys(public, (SUCCESS, SUCCESS))


async def test_connect_over_tcp_is_denied_for_every_internal_address_in_whatever_clothes():
    listen = (Address(OWN_HOST, 0), Address(OWN_IPV6_HOST, 0))
    settings = relay.Settings(
        listen_tcp=listen, realm=REALM, users={USER: PASSWORD}, tcp_relay=relay.TcpRelay.ON
    )
    denied = (*INTERNAL, *INTERNAL_IPV6, *DRESSED)
    async with relay.serve(settings) as server:
        for family, wanted in ((1, False), (2, True)):
            hosts = tuple(host for host in denied if (":" in host) is wanted)
            reader, writer = await asyncio.open_connection(*server.tcp_addresses[0])
            found = await TcpClient(reader, writer).connect_codes(family, hosts)
            assert found == dict.fromkeys(hosts, FORBIDDEN)
            writer.close()
            await writer.wait_closed()


async def test_coturn_is_fooled_by_the_clothes_so_the_check_can_fail():
    """Before 4.9 (Debian has 4.6.1) it lets all of them through; 4.9 was the first to mend one (CVE-2026-27624)."""
    async with _coturn() as address:
        undressed = await _judge(address, ("127.0.0.1", "10.0.0.1"))
        assert undressed == dict.fromkeys(("127.0.0.1", "10.0.0.1"), (FORBIDDEN, FORBIDDEN))
        found = await _judge(address, (*DRESSED, METADATA))
    if await _coturns_version() < MENDED:
        assert found == dict.fromkeys((*DRESSED, METADATA), (SUCCESS, SUCCESS))
    else:
        assert found[DRESSED[0]] == (FORBIDDEN, FORBIDDEN)


async def _coturns_version() -> tuple[int, ...]:
    text = await play("turnserver", "--version")
    found = re.search(r"\b(\d+)\.(\d+)\.(\d+)\b", text)
    assert found, f"expected a version of coturn, got {text!r}"
    return tuple(int(number) for number in found.groups())
