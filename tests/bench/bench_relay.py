"""What relaying costs: CPU time of the server process per packet and per allocation, beside coturn's.

Run: python tests/bench/bench_relay.py [--packets 40000] [--allocations 20]
The same load, from this process, goes through our server and through coturn, if it is installed. The figure
is the server's CPU time; packets a second also depend on this generator, which is Python, too.
"""

import argparse
import asyncio
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

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
    Nonce,
    Realm,
    RequestedTransport,
    Username,
    XorPeerAddress,
    XorRelayedAddress,
    decode,
    long_term_key,
)

REALM, USER, PASSWORD = "bench.example", "user", "secret"
KEY = IntegrityKey(long_term_key(USER, REALM, PASSWORD))
CHANNEL = 0x4000
BURST = 8
CROWD = 400
PATIENCE = 0.2
BUFFER = 1 << 20


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


@dataclass(frozen=True)
class Holder:
    """A client with an allocation and a channel to the sink."""

    socket: socket.socket
    relayed: Address
    nonce: Nonce


@contextmanager
def our_server() -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        yield Server("hairpin", Address("127.0.0.1", port), process.pid)
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@contextmanager
def coturn(program: str) -> Iterator[Server]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
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
        process.wait(10)


def serve() -> None:
    """Be the server process: say the port, and serve until standard input ends."""

    async def until_told() -> None:
        settings = relay.Settings(
            listen=(Address("127.0.0.1", 0),),
            realm=REALM,
            users={USER: PASSWORD},
            peers=relay.PeerPolicy(reach=relay.Reach.LOCAL),
            limits=relay.Limits(
                allocations_per_user=10_000,
                unauthenticated_rate=1e6,
                unauthenticated_burst=1e6,
            ),
        )
        async with relay.serve(settings) as server:
            sys.stdout.write(f"{server.addresses[0].port}\n")
            sys.stdout.flush()
            loop, over = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(sys.stdin.fileno(), over.set)
            await over.wait()

    asyncio.run(until_told())


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


def _ask(client: socket.socket, message: Message, *, signed: bool = True) -> Message:
    client.send(message.encode(integrity=KEY if signed else None))
    return decode(client.recv(2048))


def _signed(method: Method, nonce: Nonce, *attributes: Attribute) -> Message:
    proof = (Username(USER), Realm(REALM), nonce)
    return Message.request(method, os.urandom(12), *attributes, *proof)


def allocate(server: Server) -> Holder:
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    client.settimeout(2.0)
    client.connect(server.address)
    wanted = RequestedTransport(RequestedTransport.udp)
    challenge = _ask(client, Message.request(Method.ALLOCATE, os.urandom(12), wanted), signed=False)
    nonce = challenge.get(Nonce)
    assert nonce is not None, challenge
    reply = _ask(client, _signed(Method.ALLOCATE, nonce, wanted))
    relayed = reply.get(XorRelayedAddress)
    assert relayed is not None, reply
    return Holder(client, relayed.address, nonce)


def bind(holder: Holder, sink: Address) -> None:
    attributes = (ChannelNumber(CHANNEL), XorPeerAddress(sink))
    reply = _ask(holder.socket, _signed(Method.CHANNEL_BIND, holder.nonce, *attributes))
    assert reply.cls is Class.SUCCESS, reply


def release(holder: Holder) -> None:
    _ask(holder.socket, _signed(Method.REFRESH, holder.nonce, Lifetime(0)))
    holder.socket.close()


def _receive(sockets: list[socket.socket], wanted: int) -> int:
    """Take packets off the sockets until so many came, or none for a while."""
    got = 0
    while got < wanted:
        ready, _, _ = select.select(sockets, (), (), PATIENCE)
        if not ready:
            break
        for each in ready:
            while True:
                try:
                    each.recv(2048)
                except BlockingIOError:
                    break
                got += 1
    return got


def _flow(
    holders: list[Holder], sink: socket.socket, size: int, packets: int, *, upwards: bool
) -> tuple[int, int]:
    """Send in bursts, each awaited; return packets sent and received."""
    data = bytes(size)
    framed = ChannelData(CHANNEL, data).encode()
    receivers = [sink] if upwards else [holder.socket for holder in holders]
    sent = got = 0
    while sent < packets:
        for holder in holders:
            for _ in range(BURST):
                if upwards:
                    holder.socket.send(framed)
                else:
                    sink.sendto(data, holder.relayed)
        sent += BURST * len(holders)
        got += _receive(receivers, BURST * len(holders))
    return sent, got


def measure(server: Server, allocations: int, packets: int) -> Iterator[tuple[str, ...]]:
    """Run every load against one server; yield rows of the table."""
    with ExitStack() as stack:
        sink = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * BUFFER)
        sink.bind(("127.0.0.1", 0))
        sink.setblocking(False)
        holders = [allocate(server) for _ in range(allocations)]
        cpu, start = server.cpu(), time.perf_counter()
        crowd = [allocate(server) for _ in range(CROWD)]  # all held: coturn remembers old clients
        spent, took = server.cpu() - cpu, time.perf_counter() - start
        yield _row(server, "allocate (two round trips)", CROWD, CROWD, spent, took)
        for holder in crowd:
            release(holder)
        for holder in holders:
            bind(holder, Address(*sink.getsockname()))
            holder.socket.setblocking(False)
        for size in (200, 1200):
            for upwards in (True, False):
                cpu, start = server.cpu(), time.perf_counter()
                sent, got = _flow(holders, sink, size, packets, upwards=upwards)
                spent, took = server.cpu() - cpu, time.perf_counter() - start
                direction = "client to peer" if upwards else "peer to client"
                yield _row(server, f"{direction}, {size} B", sent, got, spent, took)
        for holder in holders:
            holder.socket.settimeout(2.0)
            release(holder)


def _row(
    server: Server, load: str, sent: int, got: int, spent: float, took: float
) -> tuple[str, ...]:
    each = f"{spent / max(got, 1) * 1e6:.2f}"
    return (load, server.name, each, f"{got / took:,.0f}", f"{sent - got}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=40_000)
    parser.add_argument("--allocations", type=int, default=20)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve()
        return
    rows: list[tuple[str, ...]] = []
    with our_server() as server:
        rows += measure(server, given.allocations, given.packets)
    program = shutil.which("turnserver")
    if program:
        with coturn(program) as server:
            rows += measure(server, given.allocations, given.packets)
    table = Table(
        "load", "server", "CPU µs each", "per second", "lost", title="Relaying on loopback"
    )
    for row in sorted(rows):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
