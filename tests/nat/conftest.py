"""What the tests of `nat` share: the truth table, and programs to run in a simulated world."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Callable
from pathlib import Path

import aioice
import aioice.stun
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nat import Behavior
from nat.simulator import Host, Simulation
from tests.nat.punching import punch


@pytest.fixture(scope="session")
def truth_table() -> dict[tuple[str, str], str]:
    """The literal table: a letter for each pair of abbreviated behaviours."""
    path = Path(__file__).with_name("truth_table.txt")
    lines = [line.split() for line in path.read_text().splitlines() if not line.startswith("#")]
    columns, *rows = lines
    return {
        (row[0], column): letter
        for row in rows
        for column, letter in zip(columns, row[1:], strict=True)
    }


@pytest.fixture(scope="session")
def candidate_types() -> dict[tuple[str, str, str], set[str]]:
    """For each model and pair of abbreviated behaviours the words of candidate_types.txt."""
    text = Path(__file__).with_name("candidate_types.txt").read_text()
    found = {}
    for block in text.split("\n\n")[1:]:
        (model,), columns, *rows = (line.split() for line in block.splitlines())
        for row in rows:
            for column, words in zip(columns, row[1:], strict=True):
                found[model, row[0], column] = set(words.split("/")) - {"-"}
    return found


class StunResponder(asyncio.DatagramProtocol):
    """Answers every STUN request with where it came from."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        request = aioice.stun.parse_message(data)
        response = aioice.stun.Message(
            aioice.stun.Method.BINDING, aioice.stun.Class.RESPONSE, request.transaction_id
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = addr
        self.transport.sendto(bytes(response), addr)


@pytest.fixture
def serve_stun() -> Callable[[Host], object]:
    """A coroutine function that starts a STUN server on port 3478 of a host."""

    async def serve(host):
        loop = asyncio.get_running_loop()
        with host:
            await loop.create_datagram_endpoint(StunResponder, local_addr=("0.0.0.0", 3478))

    return serve


class Recorder(asyncio.DatagramProtocol):
    """Keeps what it gets; answers what it is told to."""

    def __init__(self, answer=None):
        self.received = []
        self.errors = []
        self.lost = []
        self.answer = answer
        self.arrived = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.received.append((data, addr))
        self.arrived.set()
        if self.answer is not None:
            self.transport.sendto(self.answer(data), addr)

    def error_received(self, exc):
        self.errors.append(exc)
        self.arrived.set()

    def connection_lost(self, exc):
        self.lost.append(exc)

    async def next(self):
        await self.arrived.wait()
        self.arrived.clear()
        return self.received[-1]


@pytest.fixture
def open_udp():
    """A coroutine function that opens a UDP endpoint on a host and gives its `Recorder`."""

    async def open_udp(host, port=0, *, answer=None, remote=None, address=None):
        loop = asyncio.get_running_loop()
        local = None if remote and not port else (address or "0.0.0.0", port)
        with host:
            _, recorder = await loop.create_datagram_endpoint(
                lambda: Recorder(answer), local_addr=local, remote_addr=remote
            )
        return recorder

    return open_udp


class Capped(aioice.Connection):
    """Stops to learn peer-reflexive pairs at 100 (RFC 8445 §6.1.2.5)."""

    def check_incoming(self, *args):
        if len(self._check_list) < 100:
            super().check_incoming(*args)


@pytest.fixture
def connect_ice(serve_stun):
    """A function that plays ICE between two behaviours; gives the simulation and the outcome."""

    def connect_ice(a: Behavior, b: Behavior, seed: int = 1) -> tuple[Simulation, bool]:
        sim = Simulation(seed)
        server = sim.host("stun")
        alice = sim.nat("home-a", a).host("alice")
        bob = sim.nat("home-b", b).host("bob")

        async def main() -> bool:
            await serve_stun(server)
            one, other = (
                Capped(ice_controlling=controlling, stun_server=("stun", 3478))
                for controlling in (True, False)
            )
            await alice.run(one.gather_candidates())
            await bob.run(other.gather_candidates())
            for here, there in ((one, other), (other, one)):
                for candidate in here.local_candidates:
                    await there.add_remote_candidate(candidate)
                await there.add_remote_candidate(None)
                there.remote_username = here.local_username
                there.remote_password = here.local_password
            try:
                async with asyncio.timeout(5), asyncio.TaskGroup() as group:
                    alice.start(group, one.connect())
                    bob.start(group, other.connect())
                await one.send(b"hello")
                return await other.recv() == b"hello"
            except* (ConnectionError, TimeoutError):
                pass
            finally:
                await one.close()
                await other.close()
            return False

        return sim, sim.run(main())

    return connect_ice


@pytest.fixture(scope="session")
def tls(tmp_path_factory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts for a server called "server" and for clients that trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("server")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=path)


@pytest.fixture
def punches():
    """A function that tells whether two sides, each behind a row of NATs, reach each other."""
    return punch
