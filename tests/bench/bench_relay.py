"""What relaying costs: CPU time of the server process per packet and per allocation, beside coturn's.

Run: python tests/bench/bench_relay.py [--packets 40000] [--allocations 20]
The same load, from this process, goes through our server and through coturn, if it is installed. The figure
is the server's CPU time; packets a second also depend on this generator, which is Python, too.
"""

import argparse
import select
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

from rich.console import Console
from rich.table import Table
from servers import (
    BUFFER,
    CHANNEL,
    PATIENCE,
    Holder,
    Server,
    allocate,
    bind,
    coturn,
    our_server,
    release,
)

from stunwire import Address, ChannelData

BURST = 8
CROWD = 400


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
    given = parser.parse_args()
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
