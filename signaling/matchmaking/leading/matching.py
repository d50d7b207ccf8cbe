"""What a leader and the matcher say to each other: what has come and gone, and ticks."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from signaling.faults import DecodeError
from signaling.matchmaking.ledger.changes import KeptTicket
from signaling.matchmaking.matcher.pools import Pool
from signaling.matchmaking.proposals import Ticked
from signaling.matchmaking.tickets import Opening, Ticket


@dataclass(frozen=True, slots=True)
class Feed:
    """What has come into the pool, or changed, and what is there no more.

    Attributes:
        kept: Tickets as `put`, which the matcher reads: those that it cannot read it passes over.
    """

    put: tuple[Ticket, ...] = ()
    gone: tuple[str, ...] = ()
    opened: tuple[Opening, ...] = ()
    shut: tuple[str, ...] = ()
    kept: tuple[KeptTicket, ...] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    """Find the matches that can be made now, and say why those that are asked about wait.

    What is proposed is in the pool no more.
    """

    number: int
    now: float
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a tick came to, and the seconds it took."""

    number: int
    ticked: Ticked
    took: float = 0.0


Work: TypeAlias = Feed | Tick


class Matcher(Protocol):
    """Where the pool is."""

    def give(self, work: Work) -> None:
        """Take what there is to do, in order; results come to whoever listens."""


def work(pool: Pool, todo: Work) -> Ticked | None:
    """Do it."""
    match todo:
        case Feed():
            _feed(pool, todo)
            return None
        case Tick():
            ticked = pool.tick(todo.now, todo.asked)
            for proposal in ticked.proposals:
                for ticket in proposal.tickets:
                    pool.remove(ticket.id)
                if proposal.opening is not None:
                    pool.close(proposal.opening)
            return ticked


def _feed(pool: Pool, feed: Feed) -> None:
    for ticket in feed.put:
        pool.put(ticket)
    for each in feed.kept:
        with suppress(DecodeError):
            pool.put(each.ticket)
    for name in feed.gone:
        pool.remove(name)
    for opening in feed.opened:
        pool.open(opening)
    for name in feed.shut:
        pool.close(name)
