"""Worlds whose NATs are known, and what a diagnosis behind them may say: the truth, or nothing."""

import asyncio
import dataclasses
import enum
import random
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import nat
import relay
from nat import Behavior, Dependence
from nat.choices import (
    Alg,
    Blocking,
    FilterScope,
    Fragments,
    Hairpinning,
    IcmpErrors,
    Kept,
    Pooling,
    PortAssignment,
    Refresh,
    Sessions,
    Unsolicited,
)
from nat.discovery.findings import Finding
from nat.discovery.report import FamilyReport, Report
from nat.simulator import Simulation
from stunwire import Address, Family
from tests.nat.discovery.liars import Lie, lying

T = TypeVar("T")

PRIMARY: Final = Address("198.51.100.10", 3478)
ALTERNATE: Final = Address("198.51.100.11", 3479)
WEB: Final = Address(PRIMARY.host, 443)
SECOND: Final = Address("198.51.100.20", 3478)
SECOND_ALTERNATE: Final = Address("198.51.100.21", 3479)
EXTERNAL: Final = ("203.0.113.1", "203.0.113.2", "203.0.113.3")


class Serving(enum.Enum):
    """Which servers there are to ask."""

    ONE = "one with two addresses"
    TWO = "two with two addresses each"
    ORDINARY = "one without another address"
    TWO_ORDINARY = "two without other addresses"


@dataclass(frozen=True)
class Case:
    """A world: the NATs from the inside to the outside, the line, and the servers.

    Attributes:
        web: whether the first server is asked over TCP at port 443, too, where all but web is blocked.
    """

    seed: int
    nats: tuple[Behavior, ...]
    externals: tuple[str, ...] = EXTERNAL[:1]
    loss: float = 0.0
    latency: float = 0.025
    jitter: float = 0.0
    duplication: float = 0.0
    serving: Serving = Serving.ONE
    lie: Lie | None = None
    web: bool = False

    @property
    def words(self) -> str:
        """What tells it from others, for a failure."""
        plain = Behavior(nat.FULL_CONE.mapping, nat.FULL_CONE.filtering)
        nats = " under ".join(", ".join([each.short, *_changed(each, plain)]) for each in self.nats)
        line = f"loss {self.loss:g}, latency {self.latency:g}, jitter {self.jitter:g}"
        lie = "" if self.lie is None else f", {self.lie.value}"
        return f"seed {self.seed}: {nats}; {len(self.externals)} external; {line}; {self.serving.value}{lie}"


def _changed(behavior: Behavior, plain: Behavior) -> Iterable[str]:
    for name in nat.behavior.SETTINGS[2:]:
        value = getattr(behavior, name)
        if value != getattr(plain, name):
            yield f"{name}={getattr(value, 'value', value)}"


# --- worlds by number ---------------------------------------------------------------------------------


def case(seed: int) -> Case:
    """The world of a number: the nine types in turn, everything else by chance."""
    chance = random.Random(seed)
    mapping, filtering = tuple((each.mapping, each.filtering) for each in nat.ALL_NINE)[seed % 9]
    nats = [behavior(chance, mapping, filtering)]
    if chance.random() < 0.12:
        nats.append(
            behavior(chance, chance.choice(tuple(Dependence)), chance.choice(tuple(Dependence)))
        )
    return Case(
        seed,
        tuple(nats),
        externals=EXTERNAL[: chance.choice((1, 1, 1, 2, 3))],
        loss=(0.0, 0.02, 0.1)[seed // 9 % 3],
        latency=chance.choice((0.005, 0.025, 0.08)),
        jitter=chance.choice((0.0, 0.0, 0.01)),
        duplication=chance.choice((0.0, 0.0, 0.05)),
        serving=chance.choice((Serving.ONE, Serving.ONE, Serving.ONE, *Serving)),
        lie=chance.choice((*(None,) * 40, *Lie)),
    )


def behavior(chance: random.Random, mapping: Dependence, filtering: Dependence) -> Behavior:
    """A NAT of a type, with moods of its own."""

    def pick(kind: type[T], likely: T, share: float = 0.5) -> T:
        others = [each for each in kind if each is not likely]  # type: ignore[attr-defined]
        return likely if chance.random() < share else chance.choice(others)

    behavior = Behavior(
        mapping,
        filtering,
        ports=chance.choice(tuple(PortAssignment)),
        hairpinning=chance.choice(tuple(Hairpinning)),
        mapping_lifetime=chance.choice((30.0, 120.0, 300.0)),
        one_shot_lifetime=chance.choice((None, None, 30.0)),
        filter_lifetime=chance.choice((None, None, 20.0)),
        refresh=pick(Refresh, Refresh.OUTBOUND),
        filter_scope=pick(FilterScope, FilterScope.MAPPING),
        sessions=pick(Sessions, Sessions.NONE),
        unsolicited=pick(Unsolicited, Unsolicited.DROP),
        pooling=pick(Pooling, Pooling.PAIRED),
        parity=pick(Kept, Kept.NO, 0.7),
        contiguity=pick(Kept, Kept.NO, 0.7),
        alg=pick(Alg, Alg.NONE, 0.8),
        icmp_errors=pick(IcmpErrors, IcmpErrors.TRANSLATED, 0.7),
        fragments=chance.choice(tuple(Fragments)),
        blocking=pick(Blocking, Blocking.NONE, 0.96),
    )
    if chance.random() < 0.05:
        other = Behavior(Dependence.ADDRESS_AND_PORT_DEPENDENT, filtering, PortAssignment.RANDOM)
        behavior = dataclasses.replace(behavior, after_conflict=other)
    return behavior


# --- the truth ----------------------------------------------------------------------------------------

_ORDER: Final = tuple(Dependence)


@dataclass(frozen=True)
class Check:
    """A finding beside all that it may be. No answer is never wrong."""

    name: str
    finding: Finding[Any]
    allowed: frozenset[Any]

    @property
    def is_wrong(self) -> bool:
        """Whether something is claimed, or the truth ruled out, that is not so."""
        if self.finding.is_known:
            return self.finding.value not in self.allowed
        return bool(self.finding.possible) and self.allowed.isdisjoint(self.finding.possible)

    @property
    def is_right(self) -> bool:
        """Whether what is claimed is so."""
        return self.finding.is_known and self.finding.value in self.allowed


def checks(world: Case, report: Report) -> list[Check]:
    """Everything that was found, beside the truth."""
    family = report.family(Family.IPV4) or FamilyReport(Family.IPV4)
    if any(each.blocking is not Blocking.NONE for each in world.nats):
        nothing: frozenset[Any] = frozenset()
        return [
            Check("udp", family.udp, frozenset({False})),
            Check("mapping", family.mapping, nothing),
            Check("filtering", family.filtering, nothing),
        ]
    truth: dict[str, frozenset[Any]] = {
        "udp": frozenset({True}),
        "translated": frozenset({True}),
        "mapping": _mappings(world),
        "filtering": frozenset({max((each.filtering for each in world.nats), key=_ORDER.index)}),
        "hairpinning": _hairpinnings(world),
        "pooling": _poolings(world),
        "alg": _meddling(world),
        "fragments": frozenset(
            {all(each.fragments is not Fragments.DROPPED for each in world.nats)}
        ),
    }
    found = [Check(name, getattr(family, name), allowed) for name, allowed in truth.items()]
    rules = {
        "preserving": frozenset({all(_preserves(each) for each in world.nats)}),
        "parity": _kept(world, "parity"),
        "contiguity": _kept(world, "contiguity"),
    }
    return found + [
        Check(name, getattr(family.ports, name), allowed) for name, allowed in rules.items()
    ]


def _mappings(world: Case) -> frozenset[Dependence]:
    """What it comes to: a port that is overloaded is one port. A NAT that changes is either."""
    lives = [
        {_mapping(each)} | ({_mapping(each.after_conflict)} if each.after_conflict else set())
        for each in world.nats
    ]
    outermost = world.nats[-1]
    if outermost.pooling is Pooling.ARBITRARY and len(world.externals) > 1:
        lives[-1].add(outermost.mapping)  # one port, but of another address
    whole = {_ORDER[0]}
    for layer in lives:
        whole = {max(one, other, key=_ORDER.index) for one in whole for other in layer}
    return frozenset(whole)


def _mapping(behavior: Behavior) -> Dependence:
    overloads = behavior.ports is PortAssignment.OVERLOADING
    return Dependence.ENDPOINT_INDEPENDENT if overloads else behavior.mapping


def _meddling(world: Case) -> frozenset[bool]:
    """What an inner NAT rewrites, servers do not tell: they name the address of the outermost."""
    outermost = world.nats[-1].alg is Alg.REWRITE
    hidden = any(each.alg is Alg.REWRITE for each in world.nats[:-1])
    return frozenset({outermost, outermost or hidden})


def _hairpinnings(world: Case) -> frozenset[Hairpinning]:
    """That of the outermost NAT, whose addresses the servers see.

    One that is upset by strangers is upset by a hairpin that comes before its way was opened.
    """
    upset = any(
        each.unsolicited is not Unsolicited.DROP
        and each.filtering is not Dependence.ENDPOINT_INDEPENDENT
        for each in world.nats
    )
    return frozenset({world.nats[-1].hairpinning, *((Hairpinning.NONE,) if upset else ())})


def _poolings(world: Case) -> frozenset[Pooling]:
    outermost = world.nats[-1]
    arbitrary = outermost.pooling is Pooling.ARBITRARY and len(world.externals) > 1
    return frozenset({Pooling.ARBITRARY if arbitrary else Pooling.PAIRED})


def _preserves(behavior: Behavior) -> bool:
    return behavior.ports in {PortAssignment.PRESERVING, PortAssignment.OVERLOADING}


def _kept(world: Case, setting: str) -> frozenset[bool]:
    """Whether ports stay even, or neighbours; either where a NAT does so when it happens to be possible."""
    luck = len(world.nats) > 1 or len(world.externals) > 1
    by_chance = any(
        each.ports is PortAssignment.SEQUENTIAL
        or (getattr(each, setting) is Kept.IF_POSSIBLE and each.mapping is not _ORDER[0])
        or (each.ports is PortAssignment.PRESERVING and each.mapping is not _ORDER[0])
        for each in world.nats
    )
    kept = [_preserves(each) or getattr(each, setting) is Kept.IF_POSSIBLE for each in world.nats]
    if by_chance or (any(kept) and luck):
        return frozenset({True, False})
    return frozenset({all(kept)})


# --- a diagnosis in such a world ------------------------------------------------------------------------


def diagnose(
    world: Case, diagnosis: Callable[[tuple[Address, ...]], Coroutine[Any, Any, Report]]
) -> Report:
    """Play a diagnosis behind the NATs of a world.

    Args:
        diagnosis: is given the servers to ask.
    """
    simulation = Simulation(world.seed, start_spread=0.0, trace_limit=0)
    servers = simulation.host(
        "servers",
        PRIMARY.host,
        addresses=(ALTERNATE.host, SECOND.host, SECOND_ALTERNATE.host),
    )
    outer = None
    for number, behavior in enumerate(reversed(world.nats)):
        box = simulation.nat(
            f"nat-{number}",
            behavior,
            external=world.externals if outer is None else None,
            lan=("192.168.1.0/24", "10.0.0.0/24")[number % 2],
            inside=outer,
        )
        if outer is None:
            simulation.link(
                box,
                latency=world.latency,
                jitter=world.jitter,
                loss=world.loss,
                duplication=world.duplication,
                mtu=1500,
            )
        outer = box
    assert outer is not None
    home = outer.host("home")
    simulation.link(home, mtu=1500)

    async def main() -> Report:
        ready, stop = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            servers.start(group, _serve(world, ready, stop))
            await ready.wait()
            report = await home.start(group, diagnosis(_asked(world)))
            stop.set()
        return report

    return simulation.run(main(), deadline=900)


def _asked(world: Case) -> tuple[Address, ...]:
    several = world.serving in {Serving.TWO, Serving.TWO_ORDINARY}
    return (PRIMARY, SECOND) if several else (PRIMARY,)


async def _serve(world: Case, ready: asyncio.Event, stop: asyncio.Event) -> None:
    complete = world.serving in {Serving.ONE, Serving.TWO}
    async with AsyncExitStack() as stack:
        if world.lie is not None:
            await stack.enter_async_context(lying(world.lie, PRIMARY, ALTERNATE))
        else:
            await _honest(stack, PRIMARY, ALTERNATE if complete else None)
        if world.serving in {Serving.TWO, Serving.TWO_ORDINARY}:
            await _honest(stack, SECOND, SECOND_ALTERNATE if complete else None)
        if world.web:
            await stack.enter_async_context(relay.serve(relay.Settings(listen_tcp=(WEB,))))
        ready.set()
        await stop.wait()


async def _honest(stack: AsyncExitStack, listen: Address, alternate: Address | None) -> None:
    settings = relay.Settings(listen=(listen,), alternate=alternate)
    await stack.enter_async_context(relay.serve(settings))
