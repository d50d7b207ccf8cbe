"""What a leader wants to be done."""

from dataclasses import dataclass
from typing import TypeAlias

from signaling.matchmaking.leading.matching import Work
from signaling.matchmaking.ledger.claims import Claim
from signaling.matchmaking.ledger.dealings import Outcome, Progress, Quit


@dataclass(frozen=True, slots=True)
class Lapse:
    """Give up claims whose time is over."""

    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """End tickets that still have these stamps."""

    tickets: tuple[tuple[str, int], ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Dissolve:
    """End parties that are not complete in time."""

    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShutDown:
    """Shut openings that still have these stamps."""

    openings: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ForgetNode:
    """A node is long dead, and nobody waits or plays there."""

    node: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Report to a node how tickets stand."""

    node: str
    reports: tuple[Progress, ...]


Housekeeping: TypeAlias = Lapse | Drop | Dissolve | ShutDown | ForgetNode | Quit
"""What the ledger is to do with what has run out of time."""
Wish: TypeAlias = Work | Claim | Housekeeping | Tell
