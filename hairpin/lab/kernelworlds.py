"""The worlds of the kernel lab's commands, and the STUN server in them."""

import asyncio
import contextlib
import dataclasses
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

import nat
from hairpin.behaviors import behavior_of
from hairpin.console import fail
from hairpin.lab import SERVER
from nat import reflector
from nat.kernel import KernelHost, KernelLabError, without_links
from nat.worlds import INTERNET, HostPlan, InterfacePlan, NatPlan, PlanError, WorldPlan, read

SERVER_NAME: Final = "server"
ALICE, BOB = "alice", "bob"
LATER: Final = 0.05
"""Seconds by which the second of two that are to meet starts later."""

NatOption = Annotated[
    str | None,
    typer.Option(metavar="NAT", help="What stands before alice (--nat-a) and bob (--nat-b)."),
]

IgnoreLinksOption = Annotated[
    bool, typer.Option("--ignore-links", help="Pass over what a file says about links.")
]


@contextlib.contextmanager
def kernel_errors() -> Iterator[None]:
    """End the command with status 1 and a plain word, if the kernel lab cannot do what was asked."""
    try:
        yield
    except (KernelLabError, PlanError) as error:
        fail(str(error))


def choose_plan(
    file: Path | None, nat_a: str | None, nat_b: str | None, *, ignore_links: bool
) -> WorldPlan:
    """The world of a file, or that of two peers.

    Raises:
        typer.BadParameter: both are given, or a behaviour is unknown, or the file cannot be read.
        PlanError: the world of the file cannot be.
    """
    if file is None:
        return pair_plan(behavior_of(nat_a, "--nat-a"), behavior_of(nat_b, "--nat-b"))
    if nat_a is not None or nat_b is not None:
        raise typer.BadParameter(
            "a file says what its NATs do: leave out --nat-a and --nat-b", param_hint="FILE.toml"
        )
    try:
        plan = read(file)
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="FILE.toml") from None
    return without_links(plan) if ignore_links else plan


def known_host(plan: WorldPlan, name: str) -> None:
    """Refuse a name that is none of the world's hosts.

    Raises:
        KernelLabError: it lists those there are.
    """
    names = [host.name for host in plan.hosts]
    if name not in names:
        raise KernelLabError(f"this world has no host {name!r}; there are: {', '.join(names)}")


def server_plan(name: str = SERVER_NAME) -> HostPlan:
    """A host on the internet, at the address at which peers look for a STUN server."""
    return HostPlan(name, (InterfacePlan(addresses=(SERVER,)),))


def pair_plan(a: nat.Behavior, b: nat.Behavior) -> WorldPlan:
    """Two peers, each behind a NAT, with LANs of the same addresses, and a server."""
    nats = (NatPlan("home-a", a), NatPlan("home-b", b))
    peers = (
        HostPlan(ALICE, (InterfacePlan(network="home-a"),)),
        HostPlan(BOB, (InterfacePlan(network="home-b"),)),
    )
    return WorldPlan(nats=nats, hosts=(server_plan(), *peers))


def grid_plan() -> WorldPlan:
    """Every behaviour twice, before a host of each side, so that all pairings can try at once."""
    nats: list[NatPlan] = []
    hosts: list[HostPlan] = [server_plan()]
    for number, side in enumerate((ALICE, BOB), 1):
        for kind, behavior in enumerate(nat.ALL_NINE):
            home = f"home-{side}-{kind}"
            nats.append(NatPlan(home, behavior, lan=f"10.{number}.{kind}.0/24"))
            hosts.append(HostPlan(f"{side}-{kind}", (InterfacePlan(network=home),)))
    return WorldPlan(nats=tuple(nats), hosts=tuple(hosts))


def with_server(plan: WorldPlan) -> tuple[WorldPlan, str]:
    """The plan with a host at which the STUN server can run, and that host's name.

    It is the plan's own host at that address, if there is one.
    """
    for host in plan.hosts:
        if any(SERVER in one.addresses for one in host.interfaces):
            return plan, host.name
    names = {one.name for group in (plan.nats, plan.firewalls, plan.hosts) for one in group}
    tries = itertools.chain((SERVER_NAME,), (f"{SERVER_NAME}-{n}" for n in itertools.count(2)))
    server = server_plan(next(name for name in tries if name not in names))
    return dataclasses.replace(plan, hosts=(server, *plan.hosts)), server.name


def two_peers(plan: WorldPlan) -> tuple[str, str]:
    """The first two hosts that are not on the internet, or else the first two there are.

    Raises:
        KernelLabError: there are no two hosts.
    """
    behind = [h.name for h in plan.hosts if all(one.network != INTERNET for one in h.interfaces)]
    others = [h.name for h in plan.hosts if h.name not in behind]
    peers = [*behind, *others][:2]
    if len(peers) < 2:
        raise KernelLabError(f"a meeting needs two hosts, and this world has {len(peers)}")
    return peers[0], peers[1]


@contextlib.asynccontextmanager
async def stun_server(host: KernelHost) -> AsyncIterator[None]:
    """Serve STUN on a host as long as the context lasts."""
    async with asyncio.TaskGroup() as group:
        transport = await host.start(group, reflector.serve(SERVER))
        try:
            yield
        finally:
            transport.close()


def nats_of(plan: WorldPlan, host: str) -> list[NatPlan]:
    """The NATs between a host's first interface and the internet, the nearest first."""
    network = next(one.interfaces[0].network for one in plan.hosts if one.name == host)
    found = []
    while network != INTERNET:
        one = next(one for one in plan.nats if one.name == network)
        found.append(one)
        network = one.network
    return found
