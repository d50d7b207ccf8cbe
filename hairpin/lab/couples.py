"""Couples drawn from a mix of NATs, played with real ICE, and what came of all of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Final

import nat
from hairpin.lab.meeting import meet
from hairpin.lab.mix import Mix, Place
from nat.simulator import Host, Simulation
from nat.simulator.randomness import stream

_CARRIER: Final = "100.64.0.0/10"
"""RFC 6598 §1: the addresses between a carrier's NAT and its customers' ones."""
_ENOUGH_FOR_A_TAIL: Final = 20


@dataclass(frozen=True, slots=True)
class Couple:
    """Two places, and the seed with which their peers meet."""

    places: tuple[Place, Place]
    seed: int


@dataclass(frozen=True, slots=True)
class Met:
    """What came of a couple.

    Attributes:
        kinds: the kinds of both places, in the order in which they were drawn.
        direct: whether the peers found a direct path.
        expected: whether the rule of composed NATs says that they do.
        elapsed: virtual seconds until they were connected, or gave up.
    """

    kinds: tuple[str, str]
    direct: bool
    expected: bool
    elapsed: float


@dataclass(frozen=True, slots=True)
class Group:
    """Couples counted together.

    Attributes:
        couples: how many.
        direct: how many connect directly.
        unexpected: how many are not as the rule says.
        times: seconds to connect of those that do, sorted.
    """

    couples: int
    direct: int
    unexpected: int
    times: tuple[float, ...]

    @property
    def share(self) -> float:
        """Of those that connect directly, from 0 to 1; not a number when there is no couple."""
        return self.direct / self.couples if self.couples else math.nan

    @property
    def doubt(self) -> float:
        """Half the width of the interval in which the share lies with 95 % certainty."""
        if not self.couples:
            return math.nan
        return 1.96 * math.sqrt(self.share * (1 - self.share) / self.couples)

    @property
    def median(self) -> float | None:
        """Seconds within which half of those that connect are connected."""
        return median(self.times) if self.times else None

    @property
    def p95(self) -> float | None:
        """Seconds within which 95 % of them are; None for too few to say."""
        if len(self.times) < _ENOUGH_FOR_A_TAIL:
            return None
        return quantiles(self.times, n=20, method="inclusive")[-1]


def draw(mix: Mix, count: int, seed: int) -> list[Couple]:
    """So many couples; the first ones stay the same when there are more."""
    couples = []
    for index in range(count):
        chance = stream(seed, "couple", str(index))
        places = (mix.draw(chance), mix.draw(chance))
        couples.append(Couple(places, chance.getrandbits(32)))
    return couples


def play(couple: Couple) -> Met:
    """Let one couple meet."""
    simulation = Simulation(couple.seed, start_spread=0.0)
    server = simulation.host("server")
    alice, bob = (
        build(simulation, place, name)
        for place, name in zip(couple.places, ("alice", "bob"), strict=True)
    )
    outcome = meet(simulation, alice, bob, with_relay=False, server=server)
    one, other = couple.places
    return Met(
        (one.kind, other.kind),
        outcome.connected,
        nat.direct_possible(nat.compose(*one.nats), nat.compose(*other.nats)),
        outcome.elapsed,
    )


def build(simulation: Simulation, place: Place, name: str) -> Host:
    """A host behind its NATs; the link of the outermost has the latency."""
    if not place.nats:
        host = simulation.host(name)
        simulation.link(host, latency=place.latency)
        return host
    outer = None
    for depth, behavior in enumerate(reversed(place.nats)):
        lan = "192.168.1.0/24" if depth == len(place.nats) - 1 else _CARRIER
        outer = simulation.nat(f"nat-{name}-{depth}", behavior, lan=lan, inside=outer)
        if depth == 0:
            simulation.link(outer, latency=place.latency)
    assert outer is not None
    return outer.host(name)


def count(met: Sequence[Met]) -> Group:
    """Count couples together."""
    return Group(
        len(met),
        sum(one.direct for one in met),
        sum(one.direct is not one.expected for one in met),
        tuple(sorted(one.elapsed for one in met if one.direct)),
    )
