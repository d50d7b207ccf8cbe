"""A queue's ledger: the reference of every step that is done at once or not at all, without a network in it.

A desk for many nodes does the same in its own engine (`lua/`), in one step for each order. Each report comes
with the node that it is for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger import agreeing, playing, waiting
from signaling.matchmaking.ledger.books import Addressed, Books
from signaling.matchmaking.ledger.changes import (
    Asked,
    Change,
    Gathers,
    Life,
    Opened,
    Waits,
)
from signaling.matchmaking.ledger.claims import Answer, Claim
from signaling.matchmaking.ledger.dealings import (
    Enqueue,
    Finish,
    MovePlayer,
    Open,
    Order,
    Outcome,
    Pause,
    Quit,
    Reply,
    Withdraw,
)
from signaling.matchmaking.matches import Match

NODE_LEASE: Final = 5.0
LEADER_LEASE: Final = 5.0
"""Seconds after which a node is dead, and a leader leads no more, if it says nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step has come to: who is to hear what, and what the leader is to know."""

    reports: tuple[Addressed, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a node stands: its epoch if it leads, else 0; and which nodes there are."""

    epoch: int
    lives: tuple[Life, ...]


class Ledger:
    """All that is decided about one queue."""

    def __init__(self, queue: Queue) -> None:
        self.books: Final = Books(queue)
        self._carry: Final[dict[type[Order], Callable[[Books, str, Any, float], None]]] = {
            Enqueue: waiting.enqueue,
            Withdraw: waiting.withdraw,
            Pause: waiting.pause,
            MovePlayer: waiting.move,
            Reply: agreeing.reply,
            Open: playing.open_up,
            Quit: playing.leave,
            Finish: playing.finish,
        }

    def apply(self, order: Order, source: str, now: float) -> Step:
        """Carry out an order of the node `source`."""
        self._carry[type(order)](self.books, source, order, now)
        return self._step()

    def recall(self, match: Match, left: dict[str, str]) -> Step:
        """Know again of a match that runs, after everything was lost."""
        playing.recall(self.books, match, left)
        return self._step()

    # --- what the leader does -------------------------------------------------------------------

    def claim(self, claim: Claim, epoch: int, now: float) -> tuple[Answer, Step]:
        """Take tickets for a match, all or none."""
        answer = agreeing.claim(self.books, claim, epoch, now)
        return answer, self._step()

    def lapse(self, epoch: int, claims: Iterable[str], now: float) -> Step:
        """Give up claims whose time is over."""
        for name in claims if epoch == self.books.epoch else ():
            agreeing.lapse(self.books, name, now)
        return self._step()

    def drop(
        self, epoch: int, tickets: Iterable[tuple[str, int]], outcome: Outcome, now: float
    ) -> Step:
        """End tickets that still are as the leader knows them (name and stamp)."""
        for name, stamp in tickets if epoch == self.books.epoch else ():
            known = self.books.tickets.get(name)
            if known is not None and known.stamp == stamp:
                self.books.leave([name])
                self.books.end(known.ticket, outcome, now)
        return self._step()

    def dissolve(self, epoch: int, parties: Iterable[str], now: float) -> Step:
        """End parties whose players have not all come in time."""
        for name in parties if epoch == self.books.epoch else ():
            party = self.books.parties.get(name)
            if party is not None and party.until <= now:
                waiting.fall_apart(self.books, name, Outcome.EXPIRED, now)
        return self._step()

    def shut(self, epoch: int, openings: Iterable[tuple[str, int]]) -> Step:
        """Shut openings whose time is over, if they still are as the leader knows them."""
        for name, stamp in openings if epoch == self.books.epoch else ():
            playing.shut(self.books, name, stamp)
        return self._step()

    # --- nodes and who of them leads ------------------------------------------------------------

    def beat(
        self, node: str, process: str, now: float, *, leads: bool, estimate: float | None = None
    ) -> Lead:
        """Renew the lease of a node, and that of the leader if it is this one or nobody leads."""
        books = self.books
        if books.processes.get(node) != process:
            books.processes[node] = process
            books.lives[node] = Life(node, 0.0, books.next_stamp())
        books.lives[node] = Life(node, now + NODE_LEASE, books.lives[node].born)
        while books.over and next(iter(books.over.values())) <= now:
            del books.over[next(iter(books.over))]
        me, is_leader = f"{node} {process}", False
        if leads and (books.leader == me or books.leads_until <= now):
            is_leader = True
            if books.leader != me or books.leads_until <= now:
                books.epoch = max(books.epoch + 1, int(now * 1e6))
            books.leader, books.leads_until = me, now + LEADER_LEASE
            books.estimate = estimate
        return Lead(books.epoch if is_leader else 0, tuple(books.lives.values()))

    def resign(self, node: str, process: str) -> None:
        """Give up the lease of a node that goes, and of the leader if it is it."""
        books = self.books
        if books.processes.get(node) == process:
            del books.processes[node], books.lives[node]
        if books.leader == f"{node} {process}":
            books.leader, books.leads_until = "", 0.0

    def forget_node(self, epoch: int, node: str) -> None:
        """Forget a node that has been dead for long and has nobody here."""
        if epoch == self.books.epoch:
            self.books.lives.pop(node, None)
            self.books.processes.pop(node, None)

    def whole(self) -> tuple[Change, ...]:
        """All that a leader must know, as if it had just happened."""
        books = self.books
        held = books.held.values()
        return (
            *(Waits(each.ticket, each.stamp) for each in books.tickets.values()),
            *(Asked(each.claim.id, each.match.accept_by) for each in held if not each.began),
            *(each.begun() for each in held if each.began),
            *(Opened(*each) for each in books.openings.values()),
            *(Gathers(name, party.until) for name, party in books.parties.items()),
        )

    def _step(self) -> Step:
        books = self.books
        step = Step(tuple(books.reports), tuple(books.changes))
        books.reports, books.changes = [], []
        return step
