"""What signaling costs on this machine, beside servers of others under the same load.

Run: python tests/bench/bench_signaling.py [relay|latency|memory|rooms|joining|hub …] [--quick] [--only NAME]
Servers run in processes of their own, and their processor time, read from /proc, is the figure: it does
not depend on what else the machine does. Ratios within one run are what can be compared with others.
"""

import argparse
import asyncio
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from signaling_load import load
from signaling_servers import UNLIMITED, echo, ours, started, strangers

import signaling
from signaling.backplane import MemoryBackplane
from signaling.gate import Admit, Authenticate, OpenGate
from signaling.hub.hub import Hub
from signaling.journal import Noted
from signaling.messages import Hello, Join
from signaling.outputs import Close, Deliver, Output
from signaling.wire import encode

CONNECTIONS = 200
SIZES = (200, 3000)
WINDOW = 4
CONSOLE = Console()


@dataclass(frozen=True)
class Candidate:
    """A server to be measured, and how it is spoken to."""

    name: str
    command: list[str]
    dialect: str
    cwd: Path | None = None


def candidates(place: Path | None, only: str) -> Iterator[Candidate]:
    """Ours in all its forms, between a bare echo and strangers; those with `only` in their names."""
    return (each for each in _all_candidates(place) if only in each.name)


def _all_candidates(place: Path | None) -> Iterator[Candidate]:
    for loop in ("asyncio", "uvloop"):
        yield Candidate(f"bare websockets echo, {loop}", echo(loop), "echo")
        yield Candidate(f"ours on websockets, {loop}", ours("websockets", loop), "ours")
        yield Candidate(f"ours on picows, {loop}", ours("picows", loop), "ours")
    yield Candidate("ours on picows, uvloop, resumable", ours("picows", "uvloop"), "resuming")
    if place is not None:
        yield Candidate("Node ws, the same routing", ["node", "router.js"], "ours", place)
        yield Candidate("PeerServer", ["node", "peerserver.js"], "peerjs", place)


def table(title: str, *headings: str) -> Table:
    """A table whose first column is a name and whose others are figures."""
    made = Table(title=title, title_justify="left")
    for heading in headings:
        made.add_column(heading, justify="right" if heading else "left")
    return made


# --- relayed messages ---------------------------------------------------------------------------------


def cost(candidate: Candidate, size: int, messages: int) -> float:
    """Processor seconds of the server for a relayed message."""
    with (
        started(candidate.command, candidate.cwd) as server,
        load(server.url, candidate.dialect, CONNECTIONS) as clients,
    ):
        clients.ask("pump", size, messages // 10, WINDOW)
        time.sleep(0.1)  # what is still on the way belongs to the first round
        before = server.cpu()
        arrived = clients.ask("pump", size, messages, WINDOW)
        return (server.cpu() - before) / arrived


def bench_relay(*, quick: bool, only: str) -> None:
    """Relayed messages per second of the server's processor.

    A processor is faster at one moment than at another, so all take turns several times, and the
    least of each counts.
    """
    messages, rounds = (20_000, 1) if quick else (100_000, 5)
    rows = table(
        f"Server CPU for a relayed message, {CONNECTIONS} connections in pairs, {WINDOW} messages of"
        f" each on the way, {messages:,} messages, least of {rounds}, µs (thousands per CPU second)",
        "",
        *(f"{size} B" for size in SIZES),
    )
    with strangers(unless=only.startswith(("ours", "bare"))) as place:
        costs: dict[str, list[float]] = {}
        for _ in range(rounds):
            for candidate in candidates(place, only):
                taken = [cost(candidate, size, messages) for size in SIZES]
                before = costs.get(candidate.name, taken)
                costs[candidate.name] = [min(two) for two in zip(before, taken, strict=True)]
    for name, least in costs.items():
        rows.add_row(name, *(f"{each * 1e6:.1f} ({1e-3 / each:,.0f})" for each in least))
    CONSOLE.print(rows)


def bench_latency(*, quick: bool, only: str) -> None:
    """How long a message is on the way at a fifth of what the server could do."""
    messages = 5_000 if quick else 50_000
    rows = table("On the way at 20 % load, 200 B, ms", "", "a second", "median", "99 %", "worst")
    for loop in ("asyncio", "uvloop"):
        for transport in ("websockets", "picows"):
            candidate = Candidate(f"ours on {transport}, {loop}", ours(transport, loop), "ours")
            if only not in candidate.name:
                continue
            rate = 0.2 / cost(candidate, 200, 20_000)
            with (
                started(candidate.command) as server,
                load(server.url, candidate.dialect, CONNECTIONS) as clients,
            ):
                delays = clients.ask("pace", 200, messages, rate)
            points = (delays[len(delays) // 2], delays[len(delays) * 99 // 100], delays[-1])
            rows.add_row(
                candidate.name, f"{rate:,.0f}", *(f"{point * 1e3:.2f}" for point in points)
            )
    CONSOLE.print(rows)


# --- memory ---------------------------------------------------------------------------------------------


def bench_memory(*, quick: bool, only: str) -> None:
    """Memory of the server for a connection that is in a room and silent."""
    connections = 500 if quick else 5_000
    allow_files(connections + 500)
    rows = table(f"Memory for an idle member, {connections} of them, KiB", "", "each")
    with strangers(unless=only.startswith(("ours", "bare"))) as place:
        for candidate in candidates(place, only):
            with started(candidate.command, candidate.cwd) as server:
                with load(server.url, candidate.dialect, 20):
                    time.sleep(0.2)
                    before = server.rss()
                with load(server.url, candidate.dialect, connections):
                    time.sleep(1.0)
                    each = (server.rss() - before) / connections
                rows.add_row(candidate.name, f"{each / 1024:.1f}")
    CONSOLE.print(rows)


def allow_files(count: int) -> None:
    """Allow this process and its children so many descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(count, hard)), hard))


# --- rooms ------------------------------------------------------------------------------------------------


def bench_rooms(*, quick: bool, **_only: str) -> None:
    """Whether a join costs more where there are other rooms."""
    joins, many = (100, 500) if quick else (1_000, 5_000)
    rows = table(
        f"Server CPU for a join into a room of 16 and the leave after it, {joins} times, µs",
        "other rooms",
        "each",
    )
    allow_files(many // 8 + 200)
    for rooms in (0, many):
        with (
            started(ours("websockets", "asyncio")) as server,
            load(server.url, "ours", 0) as clients,
        ):
            clients.ask("settle", rooms)
            before = server.cpu()
            clients.ask("churn", joins)
            each = (server.cpu() - before) / joins
        rows.add_row(f"{rooms:,}", f"{each * 1e6:.0f}")
    CONSOLE.print(rows)


async def time_joins(url: str, count: int) -> tuple[list[float], list[float]]:
    """Seconds from nothing to the welcome, and from there to being in a room of two."""
    welcomes, joins = [], []
    async with signaling.connect(url, peer="resident") as resident:
        for number in range(count):
            await resident.join(f"room-{number}")
            began = time.perf_counter()
            async with signaling.connect(url, peer="newcomer") as newcomer:
                welcomed = time.perf_counter()
                await newcomer.join(f"room-{number}")
                joins.append(time.perf_counter() - welcomed)
                welcomes.append(welcomed - began)
            await resident.leave(f"room-{number}")
    return welcomes, joins


def bench_joining(*, quick: bool, **_only: str) -> None:
    """How long our client takes to be in a room."""
    count = 20 if quick else 100
    with started(ours("websockets", "asyncio")) as server:
        welcomes, joins = asyncio.run(time_joins(server.url, count))
    both = [welcome + join for welcome, join in zip(welcomes, joins, strict=True)]
    rows = table(f"Joining on loopback, {count} times, ms", "", "median", "worst")
    for name, seconds in (("to the welcome", welcomes), ("join", joins), ("together", both)):
        median, worst = statistics.median(seconds) * 1e3, max(seconds) * 1e3
        rows.add_row(name, f"{median:.2f}", f"{worst:.2f}")
    CONSOLE.print(rows)


# --- the core alone ------------------------------------------------------------------------------------------


def hub_alone(size: int, total: int) -> float:
    """CPU seconds to decode, route and encode one message, without sockets."""
    hub = Hub(UNLIMITED, ice=lambda _sid, _region: ())
    settle(hub)
    text = signal_text(size, "r0")
    began = time.process_time()
    for _ in range(total):
        (output,) = hub.receive_frame("a", text, 0.0)
        assert isinstance(output, Deliver)
    return (time.process_time() - began) / total


def settle(hub: Hub) -> None:
    """Let two members into a room."""
    plane, gate = MemoryBackplane(), OpenGate()

    def carry(outputs: list[Output]) -> None:
        for output in outputs:  # the list grows on the way
            if isinstance(output, Authenticate | Admit):
                for answer in gate.carry(output):
                    outputs += hub.receive_gate_report(answer, 0.0)
            elif not isinstance(output, Deliver | Noted | Close):
                for report in plane.carry(output):
                    outputs += hub.receive_report(report, 0.0)

    for cid in ("a", "b"):
        carry(hub.receive_connection(cid, "", 0.0))
        carry(hub.receive_frame(cid, encode(Hello(peer=cid)).decode(), 0.0))
        carry(hub.receive_frame(cid, encode(Join(room="r0")).decode(), 0.0))


def signal_text(size: int, room: str) -> str:
    """A signal of so many bytes."""
    head = f'{{"t":"signal","room":"{room}","to":"b","kind":"custom","data":"'
    return head + "x" * (size - len(head) - 2) + '"}'


def bench_hub(*, quick: bool, **_only: str) -> None:
    """What the core takes of all that."""
    total = 20_000 if quick else 200_000
    rows = table("The hub alone, without sockets, for a message, µs", "", "each")
    for size in SIZES:
        rows.add_row(f"{size} B", f"{hub_alone(size, total) * 1e6:.1f}")
    CONSOLE.print(rows)


PARTS: dict[str, Callable[..., None]] = {
    "joining": bench_joining,
    "hub": bench_hub,
    "relay": bench_relay,
    "latency": bench_latency,
    "rooms": bench_rooms,
    "memory": bench_memory,
}


def main() -> None:
    """Measure what the command line names, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--only", default="", metavar="TEXT", help="servers with this in the name")
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, or less")
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}: choose from {', '.join(PARTS)}")
    for part in options.parts or PARTS:
        PARTS[part](quick=options.quick, only=options.only)


if __name__ == "__main__":
    main()
