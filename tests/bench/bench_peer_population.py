"""Which share of the lab's population connects directly: our peer, stock aiortc's ICE, and the theory.

Run: python tests/bench/bench_peer_population.py [--pairs 1000] [--processes 2] [--seed 1]
The same couples meet three times: with our ICE agent, with aioice's as aiortc uses it (gather
everything, tell everything, then check), and by the rule of `nat.traversal`. There is no relay.
"""

import argparse
import asyncio
import functools
from collections.abc import Callable

import aioice
from rich.console import Console
from rich.table import Table

from hairpin.lab import couples, mix
from hairpin.lab.couples import Couple, Group, Met
from hairpin.lab.meeting import SIGNALING_DELAY
from hairpin.lab.workers import spread
from nat import compose, direct_possible, reflector
from nat.simulator import Host, Simulation

#: Virtual seconds; aioice itself would go on for 63.
DEADLINE = 20.0


def stock(couple: Couple) -> Met:
    """Let one couple meet with aioice as it comes."""
    simulation = Simulation(couple.seed, start_spread=0.0)
    server = simulation.host("server")
    hosts = [
        couples.build(simulation, place, name)
        for place, name in zip(couple.places, ("alice", "bob"), strict=True)
    ]
    elapsed = simulation.run(_meet(server, hosts))
    one, other = couple.places
    expected = direct_possible(compose(*one.nats), compose(*other.nats))
    return Met((one.kind, other.kind), elapsed is not None, expected, elapsed or DEADLINE)


async def _meet(server: Host, hosts: list[Host]) -> float | None:
    """Virtual seconds until both are connected, or `None`."""
    await server.run(reflector.serve())
    loop = asyncio.get_running_loop()
    began = loop.time()
    agents = [await host.run(_agent(server.address, first=i == 0)) for i, host in enumerate(hosts)]
    async with asyncio.TaskGroup() as group:
        for host, agent in zip(hosts, agents, strict=True):
            host.start(group, agent.gather_candidates())
    await asyncio.sleep(SIGNALING_DELAY)
    for agent, other in zip(agents, reversed(agents), strict=True):
        agent.remote_username, agent.remote_password = other.local_username, other.local_password
        for candidate in other.local_candidates:
            await agent.add_remote_candidate(candidate)
        await agent.add_remote_candidate(None)
    async with asyncio.TaskGroup() as group:
        tasks = [host.start(group, _connect(a)) for host, a in zip(hosts, agents, strict=True)]
    took = loop.time() - began
    async with asyncio.TaskGroup() as group:
        for host, agent in zip(hosts, agents, strict=True):
            host.start(group, agent.close())
    return took if all(task.result() for task in tasks) else None


async def _agent(server: str, *, first: bool) -> aioice.Connection:
    return aioice.Connection(ice_controlling=first, stun_server=(server, reflector.PORT))


async def _connect(agent: aioice.Connection) -> bool:
    try:
        async with asyncio.timeout(DEADLINE):
            await agent.connect()
    except (ConnectionError, TimeoutError):
        return False
    return True


def ours(couple: Couple) -> Met:
    """Let one couple meet with our agent."""
    return couples.play(couple)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    console = Console()
    drawn = couples.draw(mix.read(None), options.pairs, options.seed)

    def played(play: Callable[[Couple], Met]) -> list[Met]:
        run = functools.partial(spread, processes=options.processes, what="", console=console)
        return run(play, drawn)

    mine, theirs = played(ours), played(stock)
    theory = sum(one.expected for one in mine) / len(mine)
    title = f"{options.pairs:,} couples of the default mix, seed {options.seed}, no relay"
    table = Table("", "direct", "of the theory", "not as the rule", title=title)
    table.add_row("the rule of nat.traversal", f"{theory:.1%}", "1.000", "")
    for name, met in (("Hairpin's peer", mine), ("stock aioice 0.13, as in aiortc", theirs)):
        group: Group = couples.count(met)
        share = f"{group.share / theory:.3f}" if theory else ""
        table.add_row(name, f"{group.share:.1%}", share, str(group.unexpected))
    console.print(table)
    lost = sum(other.direct and not one.direct for one, other in zip(mine, theirs, strict=True))
    console.print(f"Couples that stock connects and we do not: {lost}.")


if __name__ == "__main__":
    main()
