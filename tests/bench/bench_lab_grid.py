"""What the lab costs in real time: the truth table, with and without data channels, and a population.

Run: python tests/bench/bench_lab_grid.py [--pairs 1000] [--processes 2]
"""

import argparse
import itertools
import resource
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

import nat
from hairpin.demo import world
from hairpin.lab import cells, couples, mix
from hairpin.lab.workers import spread

ROUNDS = 3


def play_channel(pairing: world.Pairing) -> bool:
    """A whole session: signaling, ICE, DTLS, a data channel and messages on it."""
    return world.play(pairing, seed=1).ok


def processor_time() -> float:
    """Seconds of processor time of this process and of those it has ended."""
    one, others = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return one.ru_utime + one.ru_stime + others.ru_utime + others.ru_stime


def best(work: Callable[[], Any], rounds: int = 1) -> tuple[float, float]:
    """Seconds on the clock and of the processors, of the fastest round.

    What others do on the machine only adds, to the first more than to the second.
    """
    times = []
    for _ in range(rounds):
        started, used = time.perf_counter(), processor_time()
        work()
        times.append((time.perf_counter() - started, processor_time() - used))
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    console = Console()

    def spread_out(work: Callable[[Any], Any], items: list[Any], processes: int) -> None:
        spread(work, items, processes=processes, what="", console=console)

    table = Table("what", "processes", "goal", "seconds", "processor", title="The lab in real time")

    def row(what: str, processes: int, goal: str, times: tuple[float, float]) -> None:
        table.add_row(what, str(processes), goal, *(f"{seconds:.2f}" for seconds in times))

    for model in nat.Model:
        grid = cells.cells(model, with_relay=False, seed=1)
        times = best(lambda todo=grid: spread_out(cells.play, todo, 1), ROUNDS)
        row(f"81 cells, ICE only, model {model.value}", 1, "1.0", times)
    relayed = cells.cells(nat.Model.PURE, with_relay=True, seed=1)
    row("81 cells, ICE and a relay", 1, "", best(lambda: spread_out(cells.play, relayed, 1)))
    channels = [
        world.Pairing.between(a, b, relay=relay)
        for a, b in itertools.product(nat.ALL_NINE, repeat=2)
        for relay in (False, True)
    ]
    times = best(lambda: spread_out(play_channel, channels, options.processes))
    row("81 × 2 cells, data channels", options.processes, "20", times)
    drawn = couples.draw(mix.read(None), options.pairs, seed=1)
    times = best(lambda: spread_out(couples.play, drawn, options.processes))
    row(f"{options.pairs:,} pairs of a population, ICE only", options.processes, "15", times)
    console.print(table)


if __name__ == "__main__":
    main()
