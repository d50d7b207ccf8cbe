"""What relaying costs: CPU time of the server for each packet, beside coturn's under the same load.

Run: python tests/bench/bench_relay.py [--rounds 5] [--seconds 0.3] [--only SUBSTRING] [--longest-pause S] [--realtime]
Both servers run at once, on one processor; the generator has another. Each load is played to them in turn,
several rounds, and the medians are compared: figures of one round differ by half, ratios by a tenth.
"""

import argparse
import os
import shutil
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path

from load import Field, Load, Outcome, field
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from servers import Server, coturn, our_server

from relay.coalescing import LONGEST_PAUSE

ALLOCATIONS = (20, 100)
SIZES = (1200, 200)
RATES = (None, 5_000, 20_000, 60_000)
COLUMNS = ("bytes", "way", "clients", "rate", "ours", "coturn", "ratio", "relayed/s", "lost")
PRIORITY = 20


def loads(only: str) -> Iterator[Load]:
    """Every combination, or those whose description contains a text."""
    for allocations, size, upwards, rate in product(ALLOCATIONS, SIZES, (True, False), RATES):
        load = Load(allocations, size, upwards, rate)
        if only in str(load):
            yield load


def keep_apart(servers: list[Server], *, realtime: bool) -> None:
    """Give the servers one processor and this generator another."""
    available = sorted(os.sched_getaffinity(0))
    places = {0: available[-1]} | {
        int(task.name): available[0]
        for server in servers
        for task in Path(f"/proc/{server.pid}/task").iterdir()
    }
    for task, processor in places.items():
        os.sched_setaffinity(task, {processor})
        if realtime:
            os.sched_setscheduler(task, os.SCHED_FIFO, os.sched_param(PRIORITY))


def compare(load: Load, fields: list[Field], rounds: int, seconds: float) -> tuple[str, ...]:
    """Play one load to each server in turn; return a row of the table."""
    outcomes: dict[str, list[Outcome]] = {one.server.name: [] for one in fields}
    for _ in range(rounds):
        for one in fields:
            outcomes[one.server.name].append(one.play(load, seconds))
    each = {name: statistics.median(o.each for o in got) for name, got in outcomes.items()}
    ours, theirs = each["hairpin"], each.get("coturn")
    speed = statistics.median(o.received / o.took for o in outcomes["hairpin"])
    lost = (f"{sum(o.sent - o.received for o in got)}" for got in outcomes.values())
    return (
        f"{load.size}",
        "to peer" if load.upwards else "to client",
        str(load.allocations),
        "all" if load.rate is None else f"{load.rate:,}",
        f"{ours:.1f}",
        "" if theirs is None else f"{theirs:.1f}",
        "" if theirs is None else f"{ours / theirs:.2f}",
        f"{speed:,.0f}",
        " / ".join(lost),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--only", default="", help="loads whose description has this in it")
    parser.add_argument(
        "--longest-pause", type=float, default=LONGEST_PAUSE, help="seconds, as of `hairpin relay`"
    )
    parser.add_argument(
        "--realtime", action="store_true", help="as root: keep all else off the processors"
    )
    given = parser.parse_args()
    table = Table(
        title="CPU time of the server for each relayed packet in µs, on loopback",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "way" else "right", no_wrap=True)
    program = shutil.which("turnserver")
    with ExitStack() as stack:
        servers = [stack.enter_context(our_server(given.longest_pause))]
        if program:
            servers.append(stack.enter_context(coturn(program)))
        keep_apart(servers, realtime=given.realtime)
        for allocations in ALLOCATIONS:
            # all are kept to the end, since coturn remembers clients whose ports come again
            fields = [stack.enter_context(field(server, allocations)) for server in servers]
            for load in loads(given.only):
                if load.allocations == allocations:
                    table.add_row(*compare(load, fields, given.rounds, given.seconds))
    Console().print(table)


if __name__ == "__main__":
    main()
