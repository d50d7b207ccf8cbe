"""Who is behind one NAT with others: a neighbourhood of hosts, each diagnosed, and paired by real ICE."""

import asyncio
import dataclasses
import enum
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import relay
from hairpin.lab.meeting import VIRTUAL_DEADLINE, Outcome, make_configuration, try_to_meet
from nat import ALL_NINE, Behavior, Hairpinning, PortMapping
from nat.choices import Blocking, FilterScope, Sessions
from nat.discovery import Plan, Report, StunServer, Wish
from nat.discovery.discovering import discover
from nat.simulator import Host, Simulation
from tests.nat.discovery.worlds import ALTERNATE, EXTERNAL, PRIMARY, behavior

WISHES: Final = frozenset({Wish.MAPPING, Wish.FILTERING, Wish.HAIRPIN, Wish.GATEWAY, Wish.ERRORS})
USUAL: Final[dict[str, Any]] = {"filter_scope": FilterScope.MAPPING, "sessions": Sessions.NONE}
FEW: Final = 0.15
"""The share of networks that keep their guests apart, and of NATs with several external addresses."""
LANS: Final = ("192.168.1.0/24", "192.168.1.0/24", "192.168.0.0/24", "10.0.0.0/24")


class Spot(enum.Enum):
    """Where somebody is; all are behind the shared NAT."""

    HOME = "in a home"
    SAME_HOME = "in that home, too"
    OTHER_HOME = "in another home"
    BARE = "without a router of their own"
    BARE_TOO = "without a router, too"


PAIRS: Final = (
    (Spot.HOME, Spot.SAME_HOME),
    (Spot.HOME, Spot.OTHER_HOME),
    (Spot.OTHER_HOME, Spot.SAME_HOME),
    (Spot.BARE, Spot.BARE_TOO),
    (Spot.BARE, Spot.HOME),
    (Spot.OTHER_HOME, Spot.BARE),
)


@dataclass(frozen=True)
class Neighbourhood:
    """A NAT that is shared, and what is behind it.

    Attributes:
        shared: a carrier's, or that of a house with routers behind the router.
        lan: of the shared one.
        homes: the NATs of two homes behind it.
        lans: of the homes.
        pool: how many external addresses the shared one has.
        apart: whether those who share a network are kept apart in it, as guests of a Wi-Fi are.
    """

    seed: int
    shared: Behavior
    lan: str
    homes: tuple[Behavior, Behavior]
    lans: tuple[str, str]
    pool: int
    apart: bool

    @property
    def words(self) -> str:
        """What tells it from others, for a failure."""
        homes = ", ".join(
            f"{one.short} at {lan}" for one, lan in zip(self.homes, self.lans, strict=True)
        )
        apart = "; kept apart" if self.apart else ""
        turns = self.shared.hairpinning.value
        return f"seed {self.seed}: {self.shared.short} ({turns}, {self.pool} external) at {self.lan}; {homes}{apart}"


def neighbourhood(number: int) -> Neighbourhood:
    """That of a number: the nine types and the three hairpinnings in turn, the rest by chance."""
    chance = random.Random(91_000 + number)
    turns = tuple(Hairpinning)[number % 3]
    shared = dataclasses.replace(_drawn(chance, number // 3), hairpinning=turns)
    homes = (_drawn(chance, chance.randrange(9)), _drawn(chance, chance.randrange(9)))
    carrier = chance.random() < 0.7
    lan = "100.64.0.0/10" if carrier else "192.168.178.0/24"
    lans = (chance.choice(LANS), chance.choice(LANS))
    pool = 3 if chance.random() < FEW else 1
    return Neighbourhood(number, shared, lan, homes, lans, pool, apart=chance.random() < FEW)


def _drawn(chance: random.Random, kind: int) -> Behavior:
    plain = ALL_NINE[kind % 9]
    drawn = behavior(chance, plain.mapping, plain.filtering)
    speaks = frozenset({chance.choice(tuple(PortMapping))} if chance.random() < 0.6 else ())
    settings = USUAL if chance.random() < 0.7 else {}
    return dataclasses.replace(
        drawn, blocking=Blocking.NONE, after_conflict=None, port_mapping=speaks, **settings
    )


@dataclass(frozen=True)
class Told:
    """Two, what was found out where each of them is, and what ICE came to."""

    spots: tuple[Spot, Spot]
    reports: tuple[Report, Report]
    outcome: Outcome


def played(world: Neighbourhood, pairs: Sequence[tuple[Spot, Spot]] = PAIRS) -> list[Told]:
    """Diagnose all, one after the other, and let pairs of them meet."""
    simulation = Simulation(world.seed, start_spread=0.0, trace_limit=0)
    server = simulation.host("server", PRIMARY.host, addresses=(ALTERNATE.host,))
    hosts = _build(simulation, world)
    return simulation.run(_play(server, hosts, pairs))


def _build(simulation: Simulation, world: Neighbourhood) -> dict[Spot, Host]:
    shared = simulation.nat("shared", world.shared, external=EXTERNAL[: world.pool], lan=world.lan)
    simulation.link(shared, mtu=1500)
    homes = [
        simulation.nat(f"home-{number}", home, lan=lan, inside=shared)
        for number, (home, lan) in enumerate(zip(world.homes, world.lans, strict=True))
    ]
    first, other = homes
    hosts = {
        Spot.HOME: first.host("home"),
        Spot.SAME_HOME: first.host("same-home"),
        Spot.OTHER_HOME: other.host("other-home"),
        Spot.BARE: shared.host("bare"),
        Spot.BARE_TOO: shared.host("bare-too"),
    }
    if world.apart:
        simulation.partition([hosts[Spot.HOME]], [hosts[Spot.SAME_HOME]])
        stands = [first, other, hosts[Spot.BARE], hosts[Spot.BARE_TOO]]
        for number, one in enumerate(stands):
            for another in stands[number + 1 :]:
                simulation.partition([one], [another])
    return hosts


async def _play(
    server: Host, hosts: dict[Spot, Host], pairs: Sequence[tuple[Spot, Spot]]
) -> list[Told]:
    plan = Plan((StunServer(PRIMARY.host, PRIMARY.port),), wishes=WISHES)
    ready, stop = asyncio.Event(), asyncio.Event()
    configuration = make_configuration(
        with_relay=False, asked=True, server=PRIMARY.host, deadline=VIRTUAL_DEADLINE
    )
    reports, told = {}, []
    async with asyncio.TaskGroup() as group:
        server.start(group, _serve(ready, stop))
        await ready.wait()
        for spot in {spot: None for pair in pairs for spot in pair}:
            reports[spot] = await hosts[spot].run(discover(plan))
        for one, other in pairs:
            outcome = await try_to_meet(hosts[one], hosts[other], configuration, later=0.05)
            told.append(Told((one, other), (reports[one], reports[other]), outcome))
        stop.set()
    return told


async def _serve(ready: asyncio.Event, stop: asyncio.Event) -> None:
    settings = relay.Settings(listen=(PRIMARY,), alternate=ALTERNATE)
    async with relay.serve(settings):
        ready.set()
        await stop.wait()
