"""A queue of one node: its ledger and its leader side by side, without I/O."""

from collections.abc import Callable

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.leading.leader import RESUME_WITHIN, Leader
from signaling.matchmaking.leading.matching import Feed, Result, Tick, Work
from signaling.matchmaking.leading.words import (
    Dissolve,
    Drop,
    ForgetNode,
    Housekeeping,
    Lapse,
    ShutDown,
    Tell,
)
from signaling.matchmaking.ledger.claims import Claim
from signaling.matchmaking.ledger.dealings import MovedAway, Order, Quit, Report
from signaling.matchmaking.ledger.ledger import Ledger, Step
from signaling.matchmaking.ledger.overview import QueueSeen, see_queue

_US = "local"


class LocalQueue:
    """Decides at once; what the matcher is to do comes out of `handle_timer`, and its results come in again."""

    def __init__(
        self, queue: Queue, make_name: Callable[[], str], *, resume_for: float = RESUME_WITHIN
    ) -> None:
        self.queue = queue
        self._ledger = Ledger(queue)
        self._leader = Leader(queue, make_name, resume_for=resume_for)
        self._epoch = self._ledger.beat(_US, _US, 0.0, leads=True).epoch

    @property
    def waiting(self) -> int:
        """How many tickets wait."""
        return self._leader.waiting

    def seen(self, now: float) -> QueueSeen:
        """Say how the queue stands."""
        return see_queue(self.queue.name, self._ledger.whole(), now)

    def carry(self, order: Order, now: float) -> list[Report]:
        """Carry out an order of a hub."""
        return self._hear(self._ledger.apply(order, _US, now), now)

    def receive_result(self, result: Result, now: float) -> None:
        """Hear what a tick came to."""
        self._leader.receive_result(result, now)

    def receive_new_matcher(self) -> None:
        """The matcher has died, and there is another."""
        self._leader.receive_new_matcher()

    def handle_timer(self, now: float) -> tuple[list[Report], list[Work]]:
        """Do what is due."""
        reports: list[Report] = []
        todo: list[Work] = []
        for wish in self._leader.handle_timer(now):
            match wish:
                case Feed() | Tick():
                    todo.append(wish)
                case Tell():
                    reports += wish.reports
                case Claim():
                    answer, step = self._ledger.claim(wish, self._epoch, now)
                    reports += self._hear(step, now)
                    self._leader.receive_answer(wish.id, answer, now)
                    self._ledger.books.estimate = self._leader.estimate
                case _:
                    reports += self._hear(_keep_house(self._ledger, wish, self._epoch, now), now)
        return reports, todo

    def next_deadline(self) -> float | None:
        """When `handle_timer` is to be called; in the past for at once."""
        return self._leader.next_deadline()

    def _hear(self, step: Step, now: float) -> list[Report]:
        self._leader.receive_changes(step.changes, now)
        return [report for _, report in step.reports if not isinstance(report, MovedAway)]


def _keep_house(ledger: Ledger, wish: Housekeeping, epoch: int, now: float) -> Step:
    match wish:
        case Lapse(claims):
            return ledger.lapse(epoch, claims, now)
        case Drop(tickets, outcome):
            return ledger.drop(epoch, tickets, outcome, now)
        case Dissolve(parties):
            return ledger.dissolve(epoch, parties, now)
        case ShutDown(openings):
            return ledger.shut(epoch, openings)
        case ForgetNode(node):
            ledger.forget_node(epoch, node)
            return Step((), ())
        case Quit():
            return ledger.apply(wish, _US, now)
