"""Orders that wait for the server, in the order in which they were given, however late they come back."""

from bisect import insort
from operator import itemgetter

from signaling.orders import Order

_number = itemgetter(0)


class Held:
    """A bounded list of orders and their numbers.

    Args:
        most: How many are kept; of more the oldest are forgotten.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._orders: list[tuple[int, Order]] = []

    def add(self, number: int, order: Order) -> list[Order]:
        """Keep an order; lists it, and behind it those that came after it and hold over it."""
        later = [each for n, each in self._orders if n > number and _are_alike(each, order)]
        insort(self._orders, (number, order), key=_number)
        if len(self._orders) > self._most:
            del self._orders[0]
        return [order, *later]

    def take(self) -> list[tuple[int, Order]]:
        """Take all of them."""
        taken, self._orders = self._orders, []
        return taken


def _are_alike(one: Order, other: Order) -> bool:
    """Say whether two orders are about one member of one room."""
    return _whose(one) == _whose(other)


def _whose(order: Order) -> tuple[str | None, str | None]:
    return getattr(order, "room", None), getattr(order, "sid", None)
