"""What a flood of forged Allocate requests leaves behind: the memory of the relay's core, and its time for each.

Run: python tests/bench/bench_flood.py [--requests 1000000]
"""

import argparse
import os
import random
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from relay import Limits, Relay, Settings
from stunwire import Address, Message, Method, RequestedTransport

SERVER = Address("198.51.99.1", 3478)
ROUNDS = 5
KIB = 1024


def resident() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def flood(relay: Relay, first: int, last: int) -> int:
    """Ask from another address and port each time, as fast as can be; return how many answers there were."""
    request = Message.request(Method.ALLOCATE, b"t" * 12, RequestedTransport(17)).encode()
    answers = 0
    for n in range(first, last):
        host = f"{n % 200 + 1}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
        now = time.perf_counter()
        source = Address(host, 1024 + n % 64000)
        answers += len(relay.receive_datagram(request, source, SERVER, unix_now=0.0, now=now))
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    requests = parser.parse_args().requests
    unlimited = Limits(
        unauthenticated_rate=1e9,
        unauthenticated_burst=1e9,
        unauthenticated_total_rate=1e9,
        unauthenticated_total_burst=1e9,
    )
    relay = Relay(
        Settings(listen=(SERVER,), users={"user": "secret"}, limits=unlimited),
        listeners=(SERVER,),
        nonce_secret=os.urandom(32),
        random_below=random.Random(1).randrange,
    )
    columns = ("requests", "answers", "memory, KiB more", "µs each")
    table = Table(*columns, title="Forged Allocate requests")
    flood(relay, 0, 1000)
    for number in range(ROUNDS):
        first = 1000 + number * requests // ROUNDS
        before, started = resident(), time.perf_counter()
        answers = flood(relay, first, first + requests // ROUNDS)
        each = (time.perf_counter() - started) / (requests // ROUNDS) * 1e6
        grown = (resident() - before) / KIB
        table.add_row(f"{requests // ROUNDS:,}", f"{answers:,}", f"{grown:,.0f}", f"{each:.1f}")
    assert relay.counters().allocations == 0
    assert relay.next_deadline() is None
    Console().print(table)


if __name__ == "__main__":
    main()
