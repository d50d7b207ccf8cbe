"""What a leader and the matcher say to each other: what has come and gone, and ticks."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from signaling.matchmaking.pools import Pool
from signaling.matchmaking.proposals import Ticked
from signaling.matchmaking.tickets import Opening, Ticket


@dataclass(frozen=True, slots=True)
class Feed:
    """What has come into the pool, or changed, and what is there no more."""

    put: tuple[Ticket, ...] = ()
    gone: tuple[str, ...] = ()
    opened: tuple[Opening, ...] = ()
    shut: tuple[str, ...] = ()


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
            for ticket in todo.put:
                pool.put(ticket)
            for name in todo.gone:
                pool.remove(name)
            for opening in todo.opened:
                pool.open(opening)
            for name in todo.shut:
                pool.close(name)
            return None
        case Tick():
            ticked = pool.tick(todo.now, todo.asked)
            for proposal in ticked.proposals:
                for ticket in proposal.tickets:
                    pool.remove(ticket.id)
                if proposal.opening is not None:
                    pool.close(proposal.opening)
            return ticked
