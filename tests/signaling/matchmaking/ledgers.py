"""A ledger that is driven by hand: orders in, reports by session out."""

from collections import defaultdict
from typing import Any

import msgspec

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.changes import KeptTicket, Waits
from signaling.matchmaking.ledger.claims import Answer, Claim, Verdict
from signaling.matchmaking.ledger.dealings import Enqueue, Order, Reply, Withdraw
from signaling.matchmaking.ledger.ledger import Ledger, Step
from signaling.matchmaking.matches import Match
from signaling.matchmaking.packed import ticketrecords
from signaling.matchmaking.tickets import Opening, Player, Ticket

DUEL = Queue("duel")
ASKING = Queue("duel", accept_within=10.0)
NODES = {"s1": "n1", "s2": "n2", "s3": "n1", "s4": "n2"}


def player(sid: str) -> Player:
    return Player(f"peer-{sid}", sid, NODES.get(sid, "n1"))


def ticket(name: str, *sids: str, **more: Any) -> Ticket:
    return Ticket(
        name, "duel", tuple(player(sid) for sid in sids or (name.replace("t", "s"),)), **more
    )


def kept(name: str, *, stamp: int = 1, is_broken: bool = False) -> KeptTicket:
    """A ticket as a store keeps it; perhaps one that nobody can read."""
    record = ticketrecords.write_ticket(ticket(name))
    if is_broken:
        record = msgspec.structs.replace(record, bodies=["{"])
    return ticketrecords.read_head(msgspec.msgpack.encode(record), stamp, "duel")


class Table:
    """A queue's ledger, its leader's epoch and the time."""

    def __init__(self, queue: Queue = DUEL) -> None:
        self.ledger = Ledger(queue)
        self.now = 1000.0
        self.epoch = self.ledger.beat("n1", "p", self.now, leads=True).epoch
        self.changes: list[Any] = []

    @property
    def waiting(self) -> dict[str, Ticket]:
        return {name: each.ticket for name, each in self.ledger.books.tickets.items()}

    def take(self, step: Step) -> dict[str, list[Any]]:
        """What each session hears; that it comes to the right node is looked at here."""
        self.changes += step.changes
        heard: dict[str, list[Any]] = defaultdict(list)
        for _, report in step.reports:
            heard[report.sid].append(report)
        return heard

    def order(self, order: Order, source: str = "n1") -> dict[str, list[Any]]:
        return self.take(self.ledger.apply(order, source, self.now))

    def enqueue(self, *names: str) -> None:
        for name in names:
            self.order(Enqueue(ticket(name), 600.0))

    def withdraw(self, name: str, **more: Any) -> dict[str, list[Any]]:
        return self.order(Withdraw("duel", name, name.replace("t", "s"), **more))

    def stamps(self) -> dict[str, int]:
        """As a leader knows them that has followed the log."""
        return {
            each.ticket.id: each.stamp for each in self.ledger.whole() if isinstance(each, Waits)
        }

    def claim_for(self, match: str, *names: str, **more: Any) -> Claim:
        stamps = self.stamps()
        tickets = tuple((name, stamps.get(name, 0)) for name in names)
        within = self.ledger.books.queue.accept_within or 3.0
        host = f"peer-{names[0].replace('t', 's')}"
        head = Match(
            match, "duel", f"room-{match}", (), (), host, made=self.now, accept_by=self.now + within
        )
        return Claim(match, head, tickets, tuple(range(len(names))), **more)

    def claim(self, claim: Claim, epoch: int | None = None) -> tuple[Answer, dict[str, list[Any]]]:
        answer, step = self.ledger.claim(claim, self.epoch if epoch is None else epoch, self.now)
        return answer, self.take(step)

    def match(self, match: str, *names: str) -> dict[str, list[Any]]:
        """Claim, and see that it was done."""
        answer, heard = self.claim(self.claim_for(match, *names))
        assert answer == Answer(Verdict.DONE)
        return heard

    def reply(
        self, match: str, name: str, *, yes: bool = True, generation: int = 1, **more: Any
    ) -> dict[str, list[Any]]:
        sid = name.replace("t", "s")
        return self.order(Reply("duel", match, name, generation, sid, yes, **more), NODES[sid])

    def play(self, match: str, *names: str) -> None:
        """Let a match begin."""
        self.enqueue(*(name for name in names if name not in self.waiting))
        self.match(match, *names)
        for name in names:
            self.reply(match, name)


def opening(match: str, seats: tuple[int, ...] = (0, 1), name: str = "o") -> Opening:
    return Opening(name, "duel", match, f"room-{match}", seats, ((player("s1"),), ()))
