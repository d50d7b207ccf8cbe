"""What a leader knows of its queue by following the log, and what of it the matcher does not know yet."""

from collections.abc import Container, Iterable, Iterator
from itertools import islice
from typing import Final

from signaling.matchmaking.leading.matching import Feed
from signaling.matchmaking.ledger.changes import Began, KeptTicket, Life, Opened, Waits
from signaling.matchmaking.tickets import Opening, Ticket

BATCH: Final = 250
"""Tickets of one feed, at most: one that is made takes some milliseconds."""


class Picture:
    """Tickets, openings, running matches, and the nodes on which they are."""

    def __init__(self) -> None:
        self.tickets: Final[dict[str, Waits]] = {}
        self.openings: Final[dict[str, Opened]] = {}
        self.running: Final[dict[str, Began]] = {}
        self.lost: Final[dict[str, float]] = {}
        """Tickets with a player on a node that is dead, and since when."""
        self._alive: dict[str, int] | None = None
        self._at: dict[str, dict[str, None]] = {}
        self._put: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        self._opened: dict[str, None] = {}
        self._shut: dict[str, None] = {}
        self._fed: dict[str, int] = {}

    # --- what is known --------------------------------------------------------------------------

    def put(self, waits: Waits, now: float) -> bool:
        """Know a ticket as it is now; False if that was known."""
        name = waits.name
        known = self.tickets.get(name)
        if known is not None:
            if known.stamp >= waits.stamp:
                return False
            self._unlist(name)
        self.tickets[name] = waits
        for _, node, _ in waits.places:
            if node not in self._at:
                self._at[node] = {}
            self._at[node][name] = None
        self._judge(waits, now)
        return True

    def remove(self, name: str) -> None:
        """A ticket waits no more."""
        self._unlist(name)
        self.tickets.pop(name, None)
        self.lost.pop(name, None)
        self._withhold(name)

    def open(self, opened: Opened) -> None:
        """Know an opening as it is now."""
        name = opened.opening.id
        self.openings[name] = opened
        self._opened[name] = None
        self._shut.pop(name, None)

    def shut(self, name: str) -> None:
        """An opening is no more."""
        self.openings.pop(name, None)
        self._opened.pop(name, None)
        self._shut[name] = None

    def _unlist(self, name: str) -> None:
        known = self.tickets.get(name)
        for _, node, _ in () if known is None else known.places:
            self._at.get(node, {}).pop(name, None)

    # --- nodes ----------------------------------------------------------------------------------

    def receive_lives(self, lives: Iterable[Life], now: float) -> bool:
        """Know which nodes live, and since which stamp; False if that was known."""
        alive = {life.node: life.born for life in lives if life.expires > now}
        if alive == self._alive:
            return False
        changed = (self._alive or {}).items() ^ alive.items()
        nodes = {node for node, _ in changed} if self._alive is not None else set(self._at)
        self._alive = alive
        for node in nodes:
            for name in list(self._at.get(node, ())):
                self._judge(self.tickets[name], now)
        return True

    def is_alive(self, node: str, stamp: int) -> bool:
        """Whether the process of a node that was there at this stamp still is."""
        return self._alive is None or stamp > self._alive.get(node, stamp)

    def has_anybody(self, node: str) -> bool:
        """Whether tickets wait, or players play, on a node."""
        return bool(self._at.get(node)) or any(
            each == node for began in self.running.values() for _, each in began.players
        )

    def absent(self) -> Iterator[tuple[str, str]]:
        """Matches and sessions whose node is dead."""
        for name, began in self.running.items():
            for sid, node in began.players:
                if not self.is_alive(node, began.stamp):
                    yield name, sid

    def _judge(self, waits: Waits, now: float) -> None:
        name = waits.name
        for _, node, _ in waits.places:
            if not self.is_alive(node, waits.stamp):
                self.lost.setdefault(name, now)
                self._withhold(name)
                return
        self.lost.pop(name, None)
        self._put[name] = None
        self._gone.pop(name, None)

    # --- what the matcher knows -----------------------------------------------------------------

    def _withhold(self, name: str) -> None:
        self._put.pop(name, None)
        if name in self._fed:
            self._gone[name] = None

    def take(self, name: str) -> None:
        """The matcher has proposed a ticket, and has it in its pool no more."""
        self._fed.pop(name, None)
        self._gone.pop(name, None)

    def give_back(self, name: str) -> None:
        """What was proposed came to nothing: the matcher gets the ticket again, if it still waits."""
        if name in self.tickets and name not in self.lost:
            self._put[name] = None

    def reopen(self, name: str) -> None:
        """The same for an opening."""
        if name in self.openings:
            self._opened[name] = None

    def is_as_fed(self, ticket: Ticket) -> bool:
        """Whether a ticket still is as the matcher knows it, and may be matched."""
        waits = self.tickets.get(ticket.id)
        known = waits is not None and waits.stamp == self._fed.get(ticket.id)
        return known and ticket.id not in self.lost

    def is_opening(self, opening: Opening) -> bool:
        """Whether an opening still is as the matcher knows it."""
        known = self.openings.get(opening.id)
        return known is not None and opening.id not in self._opened

    def begin_again(self, claimed: Container[str]) -> None:
        """There is a new matcher, which knows nothing, and is to know nothing of what is being claimed."""
        self._fed.clear()
        self._gone.clear()
        self._shut.clear()
        free = (name for name in self.tickets if name not in self.lost and name not in claimed)
        self._put = dict.fromkeys(free)
        self._opened = dict.fromkeys(self.openings)

    @property
    def is_behind(self) -> bool:
        """Whether there is something that the matcher does not know."""
        return bool(self._put or self._gone or self._opened or self._shut)

    def feed(self) -> Feed:
        """Tell the matcher some of what it does not know."""
        put = _some(self._put)
        gone = _some(self._gone)
        for name in put:
            self._fed[name] = self.tickets[name].stamp
        for name in gone:
            self._fed.pop(name, None)
        opened = tuple(self.openings[name].opening for name in _some(self._opened))
        tickets = [self.tickets[name] for name in put]
        kept = tuple(each for each in tickets if isinstance(each, KeptTicket))
        others = tuple(each.ticket for each in tickets if not isinstance(each, KeptTicket))
        return Feed(others, gone, opened, _some(self._shut), kept)


def _some(names: dict[str, None]) -> tuple[str, ...]:
    """Take the first of them."""
    some = tuple(islice(names, BATCH))
    for name in some:
        del names[name]
    return some
