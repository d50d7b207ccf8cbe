"""Our TURN client at a server that is not ours: coturn, over UDP, TCP and TLS."""

import asyncio
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import relay
from peer import Configuration, IceTransportPolicy, Server, parse_servers
from peer.engine.relayerrors import PeerRefusedError, RelayError
from peer.engine.relays import Allocation, Relays
from peer.engine.resolution import Resolution
from peer.ice import IceAgent, line
from signaling import IceServer
from tests.interop.coturn import find

pytestmark = pytest.mark.interop

HOST, PATIENCE = "127.0.0.1", 30.0
ALICE, BOB = ("alice", "wonder"), ("bob", "builder")


@dataclass(frozen=True)
class Coturn:
    """A running server: its plain port and the one for TLS, and who trusts its certificate."""

    port: int
    tls_port: int
    trust: ssl.SSLContext

    def server(self, kind: str, who: tuple[str, str] = ALICE) -> Server:
        url = {
            "udp": f"turn:{HOST}:{self.port}",
            "tcp": f"turn:{HOST}:{self.port}?transport=tcp",
            "tls": f"turns:{HOST}:{self.tls_port}",
        }[kind]
        return parse_servers([IceServer((url,), *who)])[0]

    async def allocate(self, kind: str, who: tuple[str, str] = ALICE) -> Allocation:
        relays = Relays(Configuration(tls=self.trust), Resolution())
        return await relays.allocate(self.server(kind, who))


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind((HOST, 0))
        two.bind((HOST, 0))
        return one.getsockname()[1], two.getsockname()[1]


@pytest.fixture(scope="module")
def coturn(certificate: relay.CertificateFiles) -> Iterator[Coturn]:
    port, tls_port = free_ports()
    process = subprocess.Popen(
        [
            *(find("turnserver"), "-n", "--no-cli", "--no-dtls", "--lt-cred-mech", "-r", "lab"),
            *("-L", HOST, "-E", HOST, "-E", "::1", "-p", str(port)),
            *("--tls-listening-port", str(tls_port), "--allow-loopback-peers"),
            *("--cert", str(certificate.chain), "--pkey", str(certificate.key)),
            *("-u", ":".join(ALICE), "-u", ":".join(BOB), "--user-quota=4", "-m", "1"),
            *("--denied-peer-ip=10.0.0.0-10.255.255.255", "--stale-nonce=600"),
            *("--log-file", "/dev/null", "--pidfile", "/dev/null"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        made = Coturn(port, tls_port, ssl.create_default_context(cafile=str(certificate.chain)))
        asyncio.run(until_it_serves(made))
        yield made
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def until_it_serves(coturn: Coturn) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            async with asyncio.timeout(1):
                allocation = await coturn.allocate("tls")
        except (OSError, RelayError):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        else:
            allocation.link.close()
            await allocation.link.over
            return


class Ear(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[Any] = asyncio.Queue()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.put_nowait((data, addr[:2]))

    def error_received(self, exc: Exception) -> None:
        self.heard.put_nowait(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        pass


@pytest.mark.parametrize("kind", ["udp", "tcp", "tls"])
async def test_one_allocation_carries_both_families_both_ways(coturn: Coturn, kind: str) -> None:
    """Also after the nonce has become a wrong one."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE):
        allocation = await coturn.allocate(kind)
        relayed = allocation.allocated.relayed
        assert [address.host for address in relayed] == [HOST, "::1"]
        for address in relayed:
            here, there = Ear(), Ear()
            allocation.link.transport_for(tuple(address), ("192.0.2.1", 1), here)
            _, _ = await loop.create_datagram_endpoint(
                lambda there=there: there,  # type: ignore[misc]
                local_addr=(address.host, 0),
            )
            mine = there.transport.get_extra_info("sockname")[:2]
            allocation.link._core._transactions.credentials._nonce = "wrong"
            here.transport.permit(mine)
            await asyncio.sleep(0.05)
            for data in (b"\x00\x01check", b"\x16first", b"\x16" + bytes(1200), b"\x16last"):
                here.transport.sendto(data, mine)
                assert await there.heard.get() == (data, tuple(address))
                there.transport.sendto(data, tuple(address))
                assert await here.heard.get() == (data, mine)
            there.transport.close()
        allocation.link.close()
        await allocation.link.over


async def test_what_it_refuses_is_told_with_its_code(coturn: Coturn) -> None:
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(RelayError, match="password is wrong") as caught:
            await coturn.allocate("udp", ("alice", "guess"))
        assert caught.value.code == 401
        allocations = [await coturn.allocate("udp", BOB) for _ in range(2)]
        codes = await asyncio.gather(
            *(coturn.allocate("udp", BOB) for _ in range(4)), return_exceptions=True
        )
        assert 486 in {getattr(error, "code", None) for error in codes}
        allocations += [one for one in codes if isinstance(one, Allocation)]
        ear = Ear()
        link = allocations[0].link
        link.transport_for(tuple(allocations[0].allocated.relayed[0]), ("192.0.2.1", 1), ear)
        ear.transport.sendto(b"\x00\x01check", ("10.1.2.3", 9))
        refused = await ear.heard.get()
        assert isinstance(refused, PeerRefusedError)
        assert (refused.code, refused.peer[0]) == (403, "10.1.2.3")
        for allocation in allocations:
            allocation.link.close()
            await allocation.link.over


@pytest.mark.parametrize("kinds", [("udp", "tls"), ("tcp", "tcp")], ids="-".join)
async def test_two_agents_that_may_only_be_relayed_meet(
    coturn: Coturn, kinds: tuple[str, str]
) -> None:
    configurations = [
        Configuration(
            servers=(coturn.server(kind),), policy=IceTransportPolicy.RELAY, tls=coturn.trust
        )
        for kind in kinds
    ]
    lines = line()
    async with asyncio.timeout(PATIENCE):
        async with (
            IceAgent(configurations[0], controlling=True) as one,
            IceAgent(configurations[1], controlling=False) as other,
        ):
            await asyncio.gather(one.connect(lines[0]), other.connect(lines[1]))
            for data in (b"\x16" + bytes(size) for size in (0, 1, 1200, 1201)):
                await one.send(data)
                assert await other.receive() == data
                await other.send(data)
                assert await one.receive() == data
