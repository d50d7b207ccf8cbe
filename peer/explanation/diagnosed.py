"""What a diagnosis knows of one side's network, in the words of an explanation, and what two foretell."""

import enum
from dataclasses import dataclass
from typing import Any, Final, Protocol

from nat import Behavior, Dependence, Hairpinning, Pooling, Sessions
from stunwire import Family

_DAY: Final = 86400.0
#: Seconds after which a diagnosis is old: what it measured is likely still so, but routers and settings change.
FRESH: Final = _DAY


class Diagnosis(Protocol):
    """A `nat.discovery.Report`, and nothing else, by what tells it apart.

    Who explains without one does not load all that makes one.
    """

    @property
    def verdict(self) -> Any:
        """What it comes to."""

    def family(self, family: Family) -> Any:
        """The report of one family of addresses."""


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What a diagnosis found of one side, for the family of addresses that is explained.

    What it does not know is `None`, or empty: it adds nothing.

    Attributes:
        version: Of IP, 4 or 6.
        started: When it was made, seconds since 1970.
        age: Seconds from then until ICE began.
        masked: Whether its addresses are masked.
        local: The address that it asked from.
        external: The addresses at which servers saw it.
        udp: Whether UDP gets through.
        translated: Whether there is a NAT.
        mapping: What the mapping may depend on (RFC 4787 §4.1).
        filtering: What is let in may depend on (RFC 4787 §5): of the NAT, and of firewalls.
        behaviors: Every behaviour that is left possible.
        sessions: Whether what comes in fixes the way back.
        clashes: Whether a packet that is kept out takes the port from its own sender.
        preserving: RFC 4787 §4.2.1's port preservation.
        keeps_ports: Whether of several ports each was kept (`True`), or none (`False`).
        pooling: RFC 4787 §4.1.
        hairpinning: RFC 4787 §6.
        carrier: Whether there is a NAT of the carrier's.
        double: Whether there is more than one NAT.
        rewrites: Whether addresses in payloads are rewritten (RFC 4787 §7).
        lifetime: Seconds of silence after which a mapping was gone.
    """

    version: int
    started: float = 0.0
    age: float | None = None
    masked: bool = False
    local: str | None = None
    external: tuple[str, ...] = ()
    udp: bool | None = None
    translated: bool | None = None
    mapping: tuple[Dependence, ...] = ()
    filtering: tuple[Dependence, ...] = ()
    behaviors: tuple[Behavior, ...] = ()
    sessions: Sessions | None = None
    clashes: bool | None = None
    preserving: bool | None = None
    keeps_ports: bool | None = None
    pooling: Pooling | None = None
    hairpinning: Hairpinning | None = None
    carrier: bool | None = None
    double: bool | None = None
    rewrites: bool | None = None
    lifetime: float | None = None

    @property
    def is_old(self) -> bool:
        """Whether what it measured is no more than likely by now."""
        return self.age is not None and abs(self.age) > FRESH

    @property
    def when(self) -> str:
        """Such as `of 3 days ago`; empty where its age does not matter."""
        if self.age is None or not self.is_old:
            return ""
        days = int(abs(self.age) / _DAY)
        away = "ago" if self.age > 0 else "later"
        return f"of {days} {'day' if days == 1 else 'days'} {away}"

    @property
    def words(self) -> str:
        """What it is called in a sentence, with its age where that matters."""
        return f"a diagnosis {self.when}".rstrip()


class Agreement(enum.Enum):
    """How what came goes with what was foretold."""

    AGREES = "agrees"
    DIFFERS = "differs"
    OPEN = "open"
    """Nothing has come yet, or nothing was foretold that could be wrong."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """What the diagnoses of both sides foretold, beside what came.

    Attributes:
        path: By which path they meet, in the words of `hairpin nat predict`.
        certainty: How sure that was: `certain`, `likely` or `uncertain`.
        agreement: How it goes with what came.
        text: The same in a sentence.
    """

    path: str
    certainty: str
    agreement: Agreement
    text: str
