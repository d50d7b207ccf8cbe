"""The 81 cells of the truth table: two NATs, what should come of them, and what does."""

import itertools
from dataclasses import dataclass
from typing import Final

import nat
from hairpin.lab.meeting import SERVER, meet
from nat.simulator import Simulation
from nat.simulator.randomness import stream

LATENCIES: Final = (0.010, 0.015)
"""Seconds from each home to the internet; they differ, because what is symmetric hides races."""
_MOST_DROPS: Final = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """What to play.

    Attributes:
        a: the NAT before the side that controls.
        b: the NAT before the other.
        model: what the NATs do where RFC 4787 leaves it open.
        with_relay: whether there is a relay to fall back on.
        seed: of the whole table.
    """

    a: nat.Behavior
    b: nat.Behavior
    model: nat.Model
    with_relay: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a cell.

    Attributes:
        cell: what was played.
        expected: what the rule says.
        types: the candidate types of both sides in the selected pair, or None if there was none.
        relayed: whether the path leads through the relay.
        elapsed: virtual seconds until both were connected, or gave up.
        drops: with no direct path, which packets were dropped and why, line by line.
    """

    cell: Cell
    expected: nat.Expectation
    types: tuple[nat.CandidateType, nat.CandidateType] | None
    relayed: bool
    elapsed: float
    drops: tuple[str, ...]

    @property
    def direct(self) -> bool:
        """Whether the path found is a direct one."""
        return self.types is not None and not self.relayed

    @property
    def ok(self) -> bool:
        """Whether the cell is as expected, with the types of candidates."""
        if self.expected.direct:
            return self.types == self.expected.types
        return self.relayed if self.cell.with_relay else self.types is None


def cells(model: nat.Model, *, with_relay: bool, seed: int) -> list[Cell]:
    """The whole table, row by row."""
    pairs = itertools.product(nat.ALL_NINE, nat.ALL_NINE)
    return [Cell(a, b, model, with_relay, seed) for a, b in pairs]


def play(cell: Cell) -> Played:
    """Play one cell from the first packet to the last."""
    simulation = Simulation(stream(cell.seed, cell.a.short, cell.b.short).getrandbits(32))
    server = simulation.host("server", SERVER)
    home_a = simulation.nat("home-a", cell.a)
    home_b = simulation.nat("home-b", cell.b)
    for home, latency in zip((home_a, home_b), LATENCIES, strict=True):
        simulation.link(home, latency=latency)
    alice, bob = home_a.host("alice"), home_b.host("bob")
    outcome = meet(simulation, alice, bob, with_relay=cell.with_relay, server=server)
    direct = outcome.connected and not outcome.relayed
    drops = () if direct else tuple(simulation.explain().splitlines()[:_MOST_DROPS])
    return Played(
        cell,
        nat.expect(cell.a, cell.b, cell.model),
        outcome.types,
        outcome.relayed,
        outcome.elapsed,
        drops,
    )
