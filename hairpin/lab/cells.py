"""The 81 cells of the truth table: two NATs, what should come of them, and what does."""

from dataclasses import dataclass
from typing import Final

import nat
from hairpin.lab.meeting import meet
from nat.matrix import NatPair, Pairing, pairings
from nat.simulator import Simulation
from nat.simulator.randomness import stream

_MOST_DROPS: Final = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """What to play.

    Attributes:
        pairing: the two NATs; the first side controls.
        with_relay: whether there is a relay to fall back on.
        seed: of the whole table.
    """

    pairing: Pairing
    with_relay: bool
    seed: int

    @property
    def model(self) -> nat.Model:
        """What the NATs do where RFC 4787 leaves it open."""
        assert self.pairing.model is not None, "a table has a model"
        return self.pairing.model


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
            return self.expected.allows(self.types)
        return self.relayed if self.cell.with_relay else self.types is None


def cells(model: nat.Model, *, with_relay: bool, seed: int) -> list[Cell]:
    """The whole table, row by row."""
    return [Cell(pairing, with_relay, seed) for pairing in pairings(model)]


def play(cell: Cell) -> Played:
    """Play one cell from the first packet to the last."""
    seed = stream(cell.seed, cell.pairing.name).getrandbits(32)
    simulation = Simulation(seed, start_spread=0.0)  # the two start at times of their own
    pair = NatPair(simulation, cell.pairing)
    outcome = meet(simulation, pair.alice, pair.bob, with_relay=cell.with_relay, server=pair.server)
    direct = outcome.connected and not outcome.relayed
    drops = () if direct else tuple(simulation.explain().splitlines()[:_MOST_DROPS])
    return Played(cell, pair.expected, outcome.types, outcome.relayed, outcome.elapsed, drops)
