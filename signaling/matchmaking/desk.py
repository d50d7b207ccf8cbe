"""The place that holds the queues, for one node or for many: the interface that hubs and servers see."""

from collections.abc import Callable
from typing import Protocol

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.dealings import Order, Report
from signaling.matchmaking.ledger.overview import QueueSeen


class Desk(Protocol):
    """What takes orders about queues, and reports what becomes of them."""

    @property
    def queues(self) -> tuple[Queue, ...]:
        """The queues there are."""

    def carry(self, order: Order) -> list[Report]:
        """Carry out an order; what is known at once is returned, the rest comes to whoever listens."""

    async def overview(self) -> list[QueueSeen]:
        """See how all queues stand, for an operator."""

    def listen(self, receive: Callable[[Report], None]) -> None:
        """Give reports that come later, or from other nodes, to `receive`."""
