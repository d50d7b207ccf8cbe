"""What a diagnosis of a NAT takes, how often it is right, and what other tools say of the same NATs.

Run: python tests/bench/bench_nat.py [--worlds 300] [--rounds 4]
The first two parts are in virtual time; the third is in the kernel lab, which needs root.
"""

import argparse
import asyncio
import bisect
import itertools
import os
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import house  # noqa: F401

# isort: split
import natstrangers
from rich.console import Console
from rich.table import Table

import nat
from nat import Behavior
from nat.discovery import Plan, Report, StunServer, Wish
from nat.discovery.discovering import discover
from nat.discovery.evidence import Evidence
from nat.discovery.judging import judge
from nat.discovery.plan import DEFAULT_WISHES
from nat.discovery.transactions import Transport
from stunwire import Address
from tests.nat.discovery import simulated
from tests.nat.discovery.knowable import Cause, cause
from tests.nat.discovery.worlds import Case, Check, case, checks, diagnose

WISHES = frozenset({Wish.MAPPING, Wish.FILTERING, Wish.HAIRPIN, Wish.PORTS, Wish.FRAGMENTS})
LOSSES = (0.0, 0.02, 0.1)
ONE_WAY = 0.0145
"""Seconds on the way of the NAT; with the links of the home and of the servers a round trip is 50 ms."""


# --- time, packets and pace ---------------------------------------------------------------------------


@dataclass
class Run:
    """One diagnosis: seconds of virtual time and of the processor, and what it sent."""

    seconds: float
    processor: float
    packets: int
    transactions: int
    busiest: int
    round_trip: float


def run(behavior: Behavior, loss: float, seed: int) -> Run:
    world = Case(seed, (behavior,), loss=loss, latency=ONE_WAY)
    times: list[float] = []

    async def timed(servers: tuple[Address, ...]) -> Report:
        loop = asyncio.get_running_loop()
        began = loop.time()
        report = await diagnosis(servers)
        times.append(loop.time() - began)
        return report

    used = time.process_time()
    report = diagnose(world, timed)
    used = time.process_time() - used
    asked = [one for one in report.evidence.transactions if one.sent]
    trips = [one.round_trip for one in report.servers if one.round_trip is not None]
    return Run(
        times[0],
        used,
        sum(len(one.sent) for one in asked),
        len(asked),
        busiest(report.evidence),
        min(trips, default=0.0),
    )


def busiest(evidence: Evidence) -> int:
    """The most new transactions with one server in any second."""
    begun: dict[str, list[float]] = defaultdict(list)
    for one in evidence.transactions:
        if one.sent and one.server:
            begun[one.server].append(one.sent[0])
    most = 0
    for times in map(sorted, begun.values()):
        for number, at in enumerate(times):
            most = max(most, bisect.bisect_left(times, at + 1.0 - 1e-6) - number)
    return most


async def diagnosis(servers: Sequence[Address]) -> Report:
    asked = tuple(StunServer(each.host, each.port) for each in servers)
    return await discover(Plan(asked, wishes=WISHES))


def run_whole(behavior: Behavior, loss: float, seed: int) -> Run:
    """All that the command asks where nothing is left out: TCP, other ways out, packet sizes, the gateway, too."""
    used = time.process_time()
    servers = (simulated.SERVER, StunServer(simulated.A1P1.host, transport=Transport.TCP))
    ran = simulated.diagnose(behavior, servers, DEFAULT_WISHES, loss=loss, seed=seed)
    used = time.process_time() - used
    asked = [one for one in ran.evidence.transactions if one.sent]
    trips = [one.round_trip for one in judge(ran.evidence).servers if one.round_trip is not None]
    return Run(
        ran.seconds, used, ran.packets, len(asked), busiest(ran.evidence), min(trips, default=0.0)
    )


PARTS: dict[str, Callable[[Behavior, float, int], Run]] = {
    "the NAT itself": run,
    "all that hairpin nat asks": run_whole,
}


def effort(rounds: int) -> Table:
    table = Table(
        "asked", "loss", "seconds", "packets", "questions", "most in 1 s", "CPU, ms", "round trip, ms",
        title=f"The nine types, {rounds} times each, in virtual time: median (worst)",
        title_justify="left",
    )  # fmt: skip
    for (words, part), loss in itertools.product(PARTS.items(), LOSSES):
        runs = [
            part(behavior, loss, seed) for seed in range(1, rounds + 1) for behavior in nat.ALL_NINE
        ]
        cells = [words, f"{loss:.0%}"]
        for values, form in (
            ([one.seconds for one in runs], ".2f"),
            ([one.packets for one in runs], ".0f"),
            ([one.transactions for one in runs], ".0f"),
        ):
            cells.append(f"{statistics.median(values):{form}} ({max(values):{form}})")
        cells.append(str(max(one.busiest for one in runs)))
        cells.append(f"{1000 * statistics.median(one.processor for one in runs):.0f}")
        cells.append(f"{1000 * min(one.round_trip for one in runs):.0f}")
        table.add_row(*cells)
    return table


# --- right, unknown, wrong ------------------------------------------------------------------------------


def shares(worlds: int) -> tuple[Table, Table]:
    """What is said of each finding, and why the rest is unknown."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    causes: dict[Cause, Counter[str]] = defaultdict(Counter)
    for world in map(case, range(worlds)):
        for check in checks(world, diagnose(world, diagnosis)):
            said = grade_of(world, check)
            counts[check.name][said] += 1
            if said not in {"right", "wrong"}:
                causes[cause(world, check)][check.name] += 1
    counts["all"] = sum(counts.values(), Counter())
    kinds = ("right", "in part", "unknowable", "missed", "wrong")
    table = Table(
        "finding", "told of", *kinds,
        title=f"{worlds} worlds: NATs, nests, pools, loss, liars, firewalls; in part: some of three answers are left;"
        "\nunknowable: nobody could know it with those servers from one machine; missed: it could be known",
        title_justify="left",
    )  # fmt: skip
    for name, said in counts.items():
        total = said.total()
        table.add_row(name, str(total), *(f"{said[each] / total:.1%}" for each in kinds))
    return table, reasons(causes)


def grade_of(world: Case, check: Check) -> str:
    if check.is_wrong:
        return "wrong"
    if check.is_right:
        return "right"
    if check.finding.possible:
        return "in part"
    return "missed" if cause(world, check) is Cause.MISSED else "unknowable"


def reasons(causes: dict[Cause, Counter[str]]) -> Table:
    table = Table("why it is unknown", "findings", "of these", title_justify="left")
    for why, names in sorted(causes.items(), key=lambda each: -each[1].total()):
        told = ", ".join(f"{name} {count}" for name, count in names.most_common())
        table.add_row(why.value, str(names.total()), told)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=4, help="how often each type is diagnosed")
    options = parser.parse_args()
    console = Console()
    console.print(effort(options.rounds))
    for table in shares(options.worlds):
        console.print(table)
    if os.geteuid() != 0:
        console.print("beside others: left out, since the kernel lab needs root")
        return
    tools, missing = natstrangers.installed()
    for words in missing:
        console.print(words)
    console.print(natstrangers.table(tools, diagnosis))
    console.print(natstrangers.table(tools, diagnosis, loss=10, rounds=2))


if __name__ == "__main__":
    main()
