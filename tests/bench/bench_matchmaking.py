"""What matchmaking costs on this machine.

Run: python tests/bench/bench_matchmaking.py [tick …] [--quick]
Processor time is the figure: it does not depend on what else the machine does.
"""

import argparse
import asyncio
import gc
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import house  # noqa: F401  tests.…
import matchmaking_redis
from matchmaking_pools import WORKLOADS, Workload
from matchmaking_pools import ticket as make_ticket
from rich.console import Console
from rich.table import Table

import signaling
from signaling.matchmaking.configuration.queues import Queue, Widening
from signaling.matchmaking.matcher.pools import Pool
from signaling.matchmaking.matcher.ticking import tick
from signaling.matchmaking.proposals import Ticked
from signaling.matchmaking.tickets import Ticket
from signaling.matchmaking.worker.process import ProcessWorker
from tests.signaling.matchmaking import chaos
from tests.signaling.matchmaking.judge import all_matches, most_matches
from tests.signaling.nodes.redisserver import RedisServer

CONSOLE = Console()


def table(title: str, *headings: str) -> Table:
    """A table whose first column is a name and whose others are figures."""
    made = Table(title=title, title_justify="left")
    for heading in headings:
        made.add_column(heading, justify="right" if heading else "left")
    return made


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector, as the matcher's own process runs: a tick leaves nothing to collect."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


# --- ticks ------------------------------------------------------------------------------------------


def bench_tick(*, quick: bool) -> None:
    """One tick over pools of all kinds, and how far its matches are from the most that can be made."""
    counts = (1_000, 10_000) if quick else (1_000, 10_000, 100_000)
    rows = table(
        "One tick, CPU ms, least of three (in a pool that is kept; `anew` with a pool made of its tickets first)",
        "",
        "tickets",
        "tick",
        "anew",
        "at most",
        "matches",
        "matched",
        "cut",
    )
    for workload in WORKLOADS:
        for count in counts:
            rows.add_row(*tick_row(workload, count))
    CONSOLE.print(rows)
    CONSOLE.print(changed_rows(counts[-1]))
    CONSOLE.print(optimum_rows(100 if quick else 1_000))


def tick_row(workload: Workload, count: int) -> list[str]:
    """One pool."""
    tickets = workload.make(count)
    with uncollected():
        anew, ticked = timed(lambda: tick(tickets, [], 0.0, workload.queue), 1)
        pool = filled(workload, tickets)
        taken, ticked = timed(lambda: pool.tick(0.0), 3)
    players = sum(len(ticket.players) for ticket in tickets)
    matched = sum(len(one.players) for match in ticked.proposals for one in match.tickets)
    most = workload.most(count)
    return [
        workload.name,
        f"{count:,}",
        f"{taken * 1e3:.1f}",
        f"{anew * 1e3:.0f}",
        "" if most is None else f"{most * 1e3:.0f}",
        f"{len(ticked.proposals):,}",
        f"{matched / players:.1%}",
        f"{ticked.cut:,}",
    ]


def timed(run: Callable[[], Ticked], times: int) -> tuple[float, Ticked]:
    """The least processor time of some runs."""
    least, ticked = float("inf"), None
    for _ in range(times):
        began = time.process_time()
        ticked = run()
        least = min(least, time.process_time() - began)
    assert ticked is not None
    return least, ticked


def filled(workload: Workload, tickets: list[Ticket]) -> Pool:
    """A pool of these."""
    pool = Pool(workload.queue)
    for ticket in tickets:
        pool.put(ticket)
    return pool


def changed_rows(count: int) -> Table:
    """What it costs to keep a pool up to date."""
    rows = table(f"A pool of {count:,} between ticks, CPU ms", "", "changes", "tick after")
    workload = WORKLOADS[2]
    pool = filled(workload, workload.make(count))
    later = [(number, ticket) for number, ticket in enumerate(workload.make(count + 10_000))]
    for changes in (1, 100, 10_000):
        some = random.Random(6).sample(later[count:], changes)
        with uncollected():
            pool.tick(0.0)
            began = time.process_time()
            for number, ticket in some:
                pool.remove(f"t{number - count:06}")
                pool.put(ticket)
            between = time.process_time()
            pool.tick(0.0)
            after = time.process_time() - between
        rows.add_row(
            f"{changes:,} go and come", f"{(between - began) * 1e3:.2f}", f"{after * 1e3:.1f}"
        )
    return rows


def optimum_rows(pools: int) -> Table:
    """How many matches are made of small pools, of the most that can be made at once."""
    rows = table(
        f"Matches made of the most that can be made at once, {pools} pools of 4 to 10 tickets each",
        "",
        "mean",
        "least",
        "pools with the most",
    )
    window = Widening(60.0, 2.0)
    for name, queue in (
        ("1v1", Queue("bench", rating=window)),
        ("2v2 with parties", Queue("bench", rating=window, team_min=2, team_max=2, party_max=2)),
        ("1v1, two regions", Queue("bench", rating=window, rtt=Widening(60.0))),
    ):
        parts = [part for seed in range(pools) if (part := part_made(queue, seed))]
        mean, best = sum(parts) / len(parts), sum(part == 1.0 for part in parts) / len(parts)
        rows.add_row(name, f"{mean:.1%}", f"{min(parts):.0%}", f"{best:.1%}")
    return rows


def part_made(queue: Queue, seed: int) -> float | None:
    """The part of the most matches that is made; None where there are none."""
    dice = random.Random(seed)
    tickets = []
    for number in range(dice.randint(4, 10)):
        ratings = (dice.gauss(1500.0, 150.0),) * dice.randint(1, queue.party_max)
        one = make_ticket(number, 10, ratings)
        trips = {"eu": dice.choice((30.0, 90.0)), "us": dice.choice((30.0, 90.0))}
        players = tuple(replace(player, rtt=trips) for player in one.players)
        tickets.append(replace(one, players=players))
    most = most_matches(all_matches(tickets, queue, 0.0))
    return len(tick(tickets, [], 0.0, queue).proposals) / most if most else None


# --- from pressing Play to the match ------------------------------------------------------------------


def bench_start(*, quick: bool) -> None:
    """From a player's mm.enqueue, with another waiting, to mm.start at both, over real sockets."""
    rounds = 50 if quick else 500
    took = sorted(asyncio.run(play_rounds(rounds)))
    rows = table(
        f"Enqueue to mm.start, {rounds} pairs one after the other on a quiet server, ms of the clock",
        "",
        "p50",
        "p99",
        "most",
    )
    marks = (took[rounds // 2], took[int(rounds * 0.99)], took[-1])
    rows.add_row("a matchable pair", *(f"{1000 * seconds:.1f}" for seconds in marks))
    CONSOLE.print(rows)


async def play_rounds(rounds: int) -> list[float]:
    """Let the same two be matched again and again; the seconds that each time took."""
    took: list[float] = []
    settings = signaling.Settings(limits=signaling.Limits(rate=1e6, burst=10**6, joins=1e6))
    desk = signaling.MemoryDesk([Queue("duel")], make_worker=ProcessWorker)
    async with (
        signaling.serve(settings, desk=desk) as server,
        signaling.connect(server.url, peer="alice") as alice,
        signaling.connect(server.url, peer="bob") as bob,
    ):
        for number in range(-1, rounds):  # the first waits for the matcher's process to be there
            waits = await alice.enqueue("duel")
            began = time.perf_counter()
            comes = await bob.enqueue("duel")
            matches = await asyncio.gather(waits.match(), comes.match())
            if number >= 0:
                took.append(time.perf_counter() - began)
            for match in matches:
                await match.quit()
    return took


# --- many nodes ---------------------------------------------------------------------------------------


def bench_claims(*, quick: bool) -> None:
    """Matches of ten that a leader claims in Redis, told to four nodes, and the answers of their players."""
    each, ours, theirs = asyncio.run(matchmaking_redis.claims_per_second(300 if quick else 3_000))
    rows = table(
        "Claims of ten tickets for four nodes", "", "matches/s", "CPU µs, ours", "CPU µs, Redis"
    )
    rows.add_row("claims", f"{each:,.0f}", f"{ours:.0f}", f"{theirs:.0f}")
    for name, asks in (
        ("ten answers, nobody is asked", False),
        ("ten answers, each is told", True),
    ):
        count = 100 if quick else 1_000
        each, ours, theirs = asyncio.run(matchmaking_redis.answers_per_second(count, asks=asks))
        rows.add_row(name, f"{each:,.0f}", f"{ours:.0f}", f"{theirs:.0f}")
    CONSOLE.print(rows)


def bench_reload(*, quick: bool) -> None:
    """What it takes until a new leader knows all who wait."""
    count = 10_000 if quick else 100_000
    took, worked, stall = asyncio.run(matchmaking_redis.reload_seconds(count))
    rows = table(
        "Take-over: reading a queue from Redis", "", "tickets", "s", "CPU s", "longest stall, ms"
    )
    rows.add_row("reload", f"{count:,}", f"{took:.2f}", f"{worked:.2f}", f"{stall * 1000:.0f}")
    CONSOLE.print(rows)


def bench_latency(*, quick: bool) -> None:
    """What sockets notice of a matcher that works on many tickets in its own process."""
    count, seconds = (10_000, 2.0) if quick else (100_000, 10.0)
    idle, busy, tick_took = asyncio.run(matchmaking_redis.loop_latency(count, seconds))
    rows = table(
        "The loop's latency beside the matcher, p99",
        "",
        "tickets",
        "idle, ms",
        "ticking, ms",
        "tick, s",
    )
    rows.add_row(
        "latency", f"{count:,}", f"{idle * 1e3:.2f}", f"{busy * 1e3:.2f}", f"{tick_took:.2f}"
    )
    CONSOLE.print(rows)


def bench_chaos(*, quick: bool) -> None:
    """Rival leaders, everything said twice, nodes killed and asleep: what became of each ticket."""
    with RedisServer() as server:
        count = 2_000 if quick else 20_000
        came_to = asyncio.run(chaos.play(server.url, server.client, count, seed=1))
    rows = table("Chaos: nobody is matched twice, and nobody is lost", *came_to)
    rows.add_row(*(f"{each:,}" for each in came_to.values()))
    CONSOLE.print(rows)


PARTS: dict[str, Callable[..., None]] = {
    "tick": bench_tick,
    "start": bench_start,
    "claims": bench_claims,
    "reload": bench_reload,
    "latency": bench_latency,
    "chaos": bench_chaos,
}


def main() -> None:
    """Measure what the command line names, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, or less")
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}: choose from {', '.join(PARTS)}")
    for part in options.parts or PARTS:
        PARTS[part](quick=options.quick)


if __name__ == "__main__":
    main()
