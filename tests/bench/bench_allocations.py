"""The control plane: CPU time of the server process for each request, and its memory for each allocation, beside coturn's.

Run: python tests/bench/bench_allocations.py [--allocations 10000] [--seconds 60]
Every client is a socket of its own, on loopback. The figures are the server's: its CPU time (the median
of many short spans, and the least), and its resident memory, which does not count what the kernel keeps for sockets. An allocation is two round trips: the
challenge, and the request with proof.
"""

import argparse
import gc
import os
import shutil
import socket
import struct
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from servers import (
    CLIENT_HOST,
    HOST,
    PASSWORD,
    REALM,
    USER,
    WANTED,
    Server,
    connect,
    coturn,
    our_server,
    signed,
)

import relay
from relay.fivetuple import FiveTuple
from relay.outputs import OpenRelaySocket, SendToClient
from stunwire import (
    Address,
    ChannelNumber,
    Lifetime,
    Message,
    Method,
    Nonce,
    XorPeerAddress,
    decode,
)

PEER = Address(HOST, 9)
CHUNK = 128
AT_ONCE = 32
"""So many requests wait for answers at a time."""
PATIENCE = struct.pack("@ll", 2, 0)


ROUND = 6.0
KIB = 1024
LINES = 14


class Crowd:
    """Many clients, each with a socket; requests are encoded before any is sent."""

    def __init__(self, server: Server, size: int, stack: ExitStack) -> None:
        self.server = server
        self.spent: list[float] = []
        self.sockets = [stack.enter_context(connect(server)) for _ in range(size)]
        for each in self.sockets:  # the kernel's timeout: Python's own costs a call for each packet
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, PATIENCE)

    def exchange(self, requests: Sequence[bytes]) -> list[bytes]:
        """Send one request from each client, `AT_ONCE` at a time, and return the answers.

        `spent` is what each cost the server: CPU seconds, once for every `CHUNK` of them.
        """
        self.spent = []
        answers: list[bytes] = []
        for first in range(0, len(requests), CHUNK):
            before = self.server.cpu()
            some = requests[first : first + CHUNK]
            for start in range(0, len(some), AT_ONCE):
                answers += self._exchange(first + start, some[start : start + AT_ONCE])
            self.spent.append((self.server.cpu() - before) / len(some))
        return answers

    def _exchange(self, first: int, requests: Sequence[bytes]) -> list[bytes]:
        some = self.sockets[first : first + len(requests)]
        for each, request in zip(some, requests, strict=True):
            each.send(request)
        return [each.recv(2048) for each in some]


def row(what: str, server: Server, *spent: list[float]) -> tuple[str, ...]:
    """Say what one of something costs, which takes one request of each kind in `spent`."""
    usual, least = sum(map(median, spent)), sum(map(min, spent))
    return what, server.name, f"{usual * 1e6:.0f}", f"{least * 1e6:.0f}", f"{1 / usual:,.0f}"


def plain(method: Method, *, size: int) -> list[bytes]:
    wanted = (WANTED,) if method is Method.ALLOCATE else ()
    return [Message.request(method, os.urandom(12), *wanted).encode() for _ in range(size)]


def nonce_in(challenge: bytes) -> Nonce:
    nonce = decode(challenge).get(Nonce)
    assert nonce is not None, challenge
    return nonce


def expect_success(answers: list[bytes]) -> None:
    wrong = Counter(decode(each).cls.name for each in answers if each[0] != 1 or each[1] & 0x10)
    assert not wrong, wrong


def measure(server: Server, size: int, seconds: float) -> Iterator[tuple[str, ...]]:
    """Put every load on one server; yield rows of the table."""
    with ExitStack() as stack:
        crowd = Crowd(server, size, stack)
        requests, before = plain(Method.ALLOCATE, size=size), server.resident()
        nonces = [nonce_in(each) for each in crowd.exchange(requests)]
        challenge = crowd.spent
        expect_success(crowd.exchange([signed(Method.ALLOCATE, nonce, WANTED) for nonce in nonces]))
        made = crowd.spent
        yield row("allocation (two round trips)", server, challenge, made)
        yield row("the challenge alone", server, challenge)
        yield row("the Allocate with proof alone", server, made)
        grown = server.resident() - before
        yield "memory of an idle allocation", server.name, f"{grown / size / KIB:.2f} KiB", "", ""

        expect_success(crowd.exchange(plain(Method.BINDING, size=size)))
        yield row("Binding", server, crowd.spent)
        for name, method, attributes in (
            ("Refresh", Method.REFRESH, (Lifetime(600),)),
            ("CreatePermission", Method.CREATE_PERMISSION, (XorPeerAddress(PEER),)),
            ("ChannelBind", Method.CHANNEL_BIND, (ChannelNumber(0x4000), XorPeerAddress(PEER))),
        ):
            expect_success(crowd.exchange([signed(method, nonce, *attributes) for nonce in nonces]))
            yield row(name, server, crowd.spent)
        yield hold(server, crowd, nonces, seconds)
        ends = [signed(Method.REFRESH, nonce, Lifetime(0)) for nonce in nonces]
        expect_success(crowd.exchange(ends))
        yield row("end of an allocation", server, crowd.spent)
        yield row("from challenge to end", server, challenge, made, crowd.spent)


def hold(server: Server, crowd: Crowd, nonces: list[Nonce], seconds: float) -> tuple[str, ...]:
    """Refresh everything again and again; say what became of the memory."""
    before, over = server.resident(), time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < over:
        following = time.monotonic() + ROUND
        requests = [signed(Method.REFRESH, nonce) for nonce in nonces]
        expect_success(crowd.exchange(requests))
        rounds += 1
        time.sleep(max(0.0, min(following, over) - time.monotonic()))
    grown = (server.resident() - before) / KIB
    what = f"memory after {rounds} rounds of Refresh in {seconds:.0f} s"
    return what, server.name, f"{grown:+,.0f} KiB", "", ""


def account(size: int) -> Iterator[tuple[str, str]]:
    """Say what an idle allocation consists of in the core: bytes by the line that made them."""
    listener = Address(HOST, 3478)
    settings = relay.Settings(
        listen=(listener,),
        realm=REALM,
        users={USER: PASSWORD},
        relay_address=HOST,
        peers=relay.PeerPolicy(reach=relay.Reach.LOCAL),
        limits=relay.Limits(
            allocations=size,
            allocations_per_user=size,
            allocations_per_source=size,
            unauthenticated_burst=2.0 * size,
            unauthenticated_total_burst=2.0 * size,
        ),
    )
    core = relay.Relay(
        settings,
        listeners=(listener,),
        nonce_secret=b"k" * 32,
        random_below=lambda below: below // 2,
    )
    ports = count(1024)
    hold_one(core, listener, next(ports))
    gc.collect()
    tracemalloc.start()
    for _ in range(size - 1):
        hold_one(core, listener, next(ports))
    gc.collect()
    snapshot = tracemalloc.take_snapshot()
    tracemalloc.stop()
    root = Path(__file__).parents[2]
    lines = snapshot.filter_traces([tracemalloc.Filter(False, __file__)]).statistics("lineno")
    yield "all", f"{sum(each.size for each in lines) / size:,.0f} B"
    for each in lines[:LINES]:
        frame = each.traceback[0]
        path = Path(frame.filename)
        name = path.relative_to(root) if path.is_relative_to(root) else path.name
        yield f"{name}:{frame.lineno}", f"{each.size / size:,.0f} B in {each.count / size:.1f}"


def hold_one(core: relay.Relay, listener: Address, port: int) -> None:
    """Allocate as a client would; the relay socket is said to be open."""
    client = Address(CLIENT_HOST, port)

    def ask(data: bytes) -> Message:
        # a copy of the address for each packet, as a socket gives one
        source = Address("".join(list(client.host)), int(str(client.port)))
        for output in core.receive_datagram(data, source, listener, unix_now=0.0, now=0.0):
            match output:
                case SendToClient(_, answer):
                    return decode(answer)
                case OpenRelaySocket(number):
                    core.receive_relay_opened(number, 0.0)
        return decode(data)

    request = Message.request(Method.ALLOCATE, os.urandom(12), WANTED).encode()
    nonce = ask(request).get(Nonce)
    assert nonce is not None
    ask(signed(Method.ALLOCATE, nonce, WANTED))
    assert core.holds(FiveTuple(client, listener))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--allocations", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    columns = "load", "server", "CPU µs each", "at best", "a second per core"
    table = Table(*columns, title=f"{given.allocations} allocations on loopback")
    with our_server() as server:
        rows = list(measure(server, given.allocations, given.seconds))
    program = shutil.which("turnserver")
    if program:
        with coturn(program) as server:
            rows += measure(server, given.allocations, given.seconds)
    order = list(dict.fromkeys(row[0] for row in rows))
    for row in sorted(rows, key=lambda row: order.index(row[0])):
        table.add_row(*row)
    Console().print(table)
    table = Table("line", "bytes of an allocation", title="An idle allocation in the core")
    for row in account(given.allocations):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
