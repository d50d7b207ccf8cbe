"""What the relay's benchmarks share: our server and coturn, each in a process of its own, and a client of both.

Run with no arguments it is our server: it says its port and serves until standard input ends.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import relay
from relay.coalescing import LONGEST_PAUSE
from relay.garbage import calm_collector
from stunwire import (
    Address,
    Attribute,
    ChannelNumber,
    Class,
    IntegrityKey,
    Lifetime,
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

HOST = "127.0.0.1"
CLIENT_HOST = "127.0.0.2"
"""Clients have another address than the servers, so that their ports are never relay ports."""
REALM, USER, PASSWORD = "bench.example", "user", "secret"
KEY = IntegrityKey(long_term_key(USER, REALM, PASSWORD))
WANTED = RequestedTransport(RequestedTransport.udp)
CHANNEL = 0x4000
BUFFER = 1 << 20
PATIENCE = 0.2


@dataclass(frozen=True)
class Server:
    """A relay in a process of its own."""

    name: str
    address: Address
    pid: int

    def cpu(self) -> float:
        """CPU seconds of all its threads so far."""
        tasks = Path(f"/proc/{self.pid}/task")
        return sum(int((t / "schedstat").read_text().split()[0]) for t in tasks.iterdir()) / 1e9

    def resident(self) -> int:
        """Bytes of memory that it holds; what the kernel keeps for its sockets is not among them."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Holder:
    """A client with an allocation."""

    socket: socket.socket
    relayed: Address
    nonce: Nonce


@contextmanager
def our_server(longest_pause: float = LONGEST_PAUSE) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, __file__, str(longest_pause)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        yield Server("hairpin", Address(HOST, port), process.pid)
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


@contextmanager
def coturn(program: str) -> Iterator[Server]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        address = Address(*probe.getsockname())
    flags = "-n --no-cli --no-tls --no-dtls --no-tcp --allow-loopback-peers --lt-cred-mech -m 1"
    process = subprocess.Popen(
        [
            *(program, *flags.split(), "-L", address.host, "-E", address.host),
            *("-p", str(address.port), "-r", REALM, "-u", f"{USER}:{PASSWORD}"),
            *("--log-file", "/dev/null", "--pidfile", "/dev/null"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(address)
        yield Server("coturn", address, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def serve(longest_pause: float) -> None:
    """Be the server process: say the port, and serve until standard input ends."""

    async def until_told() -> None:
        settings = relay.Settings(
            listen=(Address(HOST, 0),),
            longest_pause=longest_pause,
            realm=REALM,
            users={USER: PASSWORD},
            peers=relay.PeerPolicy(reach=relay.Reach.LOCAL),
            limits=relay.Limits(
                allocations=20_000,
                allocations_per_user=20_000,
                allocations_per_source=20_000,
                port_quarantine=0.0,
                unauthenticated_rate=1e6,
                unauthenticated_burst=1e6,
                unauthenticated_total_rate=1e6,
                unauthenticated_total_burst=1e6,
            ),
        )
        async with relay.serve(settings) as server:
            calm_collector()  # as `hairpin relay` does
            sys.stdout.write(f"{server.addresses[0].port}\n")
            sys.stdout.flush()
            loop, over = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(sys.stdin.fileno(), over.set)
            await over.wait()

    with asyncio.Runner(loop_factory=relay.new_event_loop) as runner:
        runner.run(until_told())


def connect(server: Server) -> socket.socket:
    """A client's socket, which sends to the server and takes packets from it alone."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.bind((CLIENT_HOST, 0))
    client.connect(server.address)
    return client


def signed(method: Method, nonce: Nonce, *attributes: Attribute) -> bytes:
    """A request with proof, ready to be sent."""
    proof = (Username(USER), Realm(REALM), nonce)
    return Message.request(method, os.urandom(12), *attributes, *proof).encode(integrity=KEY)


def ask(client: socket.socket, request: bytes) -> Message:
    """Send a request and wait for its answer."""
    client.send(request)
    return decode(client.recv(2048))


def allocate(server: Server) -> Holder:
    client = connect(server)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    client.settimeout(2.0)
    challenge = ask(client, Message.request(Method.ALLOCATE, os.urandom(12), WANTED).encode())
    nonce = challenge.get(Nonce)
    assert nonce is not None, challenge
    reply = ask(client, signed(Method.ALLOCATE, nonce, WANTED))
    relayed = reply.get(XorRelayedAddress)
    assert relayed is not None, reply
    return Holder(client, relayed.address, nonce)


def bind(holder: Holder, sink: Address) -> None:
    """Bind `CHANNEL` to a peer."""
    attributes = (ChannelNumber(CHANNEL), XorPeerAddress(sink))
    reply = ask(holder.socket, signed(Method.CHANNEL_BIND, holder.nonce, *attributes))
    assert reply.cls is Class.SUCCESS, reply


def release(holder: Holder) -> None:
    ask(holder.socket, signed(Method.REFRESH, holder.nonce, Lifetime(0)))
    holder.socket.close()


def _wait_for(address: Address) -> None:
    binding = Message.request(Method.BINDING, os.urandom(12)).encode()
    deadline = time.monotonic() + 15
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(PATIENCE)
        while time.monotonic() < deadline:
            try:
                probe.sendto(binding, address)
                probe.recv(2048)
            except OSError:
                continue
            time.sleep(1.0)  # it answers Binding before its relay threads are ready
            return
    raise TimeoutError(f"nothing answers at {address}")


if __name__ == "__main__":
    serve(float(sys.argv[1]))
