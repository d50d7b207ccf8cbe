"""What stands between the nodes: the interface, and the backplane of a single node.

The hub asks with orders (`signaling.orders`) and learns with reports (`signaling.reports`). A
backplane that has to wait for an answer returns no reports from `carry` and gives them to the
receiver when they come: those about one room in the order of its `rev`, those of one node in the
order in which it sent them.
"""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from signaling.membership import Membership
from signaling.orders import Claim, HandOver, Order, Relay, RoomSeen
from signaling.reports import HandedOver, Report


class Backplane(Protocol):
    """What holds the rooms of one node or of many."""

    def carry(self, order: Order) -> list[Report]:
        """Carry out an order, and return what is known about it at once."""

    def listen(self, receive: Callable[[Report], None]) -> None:
        """Give reports that come later, or from other nodes, to `receive`."""


@runtime_checkable
class KeySharing(Protocol):
    """A backplane whose nodes have a key in common, for resume tokens that all of them know."""

    async def shared_key(self) -> bytes:
        """Read the key; the first node makes it."""


@runtime_checkable
class AllSeeing(Protocol):
    """A backplane of many nodes, where an operator finds the rooms of all of them."""

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes that are alive, as far as is known."""

    async def rooms(self) -> list[RoomSeen]:
        """List all rooms by name."""

    async def room(self, name: str) -> RoomSeen | None:
        """See one room."""


class MemoryBackplane:
    """The backplane of a single node. It knows every answer at once."""

    def __init__(self) -> None:
        self._membership = Membership()

    @property
    def rooms(self) -> int:
        """How many rooms have somebody in them."""
        return len(self._membership.rooms)

    def listen(self, receive: Callable[[Report], None]) -> None:
        """Nothing comes later here."""

    def carry(self, order: Order) -> list[Report]:
        """Carry out an order and return all its reports; no other node has any session to claim."""
        if isinstance(order, Claim):
            return [HandedOver(order.connection, None)]
        assert not isinstance(order, Relay | HandOver), f"there is no other node: {order.node}"
        return [report for _, report in self._membership.apply(order, "")]
