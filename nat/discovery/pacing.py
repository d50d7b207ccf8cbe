"""Keeps a diagnosis from asking one server faster than RFC 5780 allows."""

import collections
import heapq
import itertools
from dataclasses import dataclass, field
from typing import Final

from nat.discovery.network import Network

_WINDOW: Final = 1.0
_A_MOMENT: Final = 0.001
"""Seconds that are slept at least: sums of times are not exact, and who is before this one may wake a little later."""


@dataclass(slots=True)
class _Turns:
    """Who has begun, and who waits to, with one server: by urgency, then by order of coming."""

    begun: collections.deque[float]
    waiting: list[tuple[int, int]] = field(default_factory=list)


class Pace:
    """At most so many new transactions to a server in any second (RFC 5780 §4.1).

    They may be in a row at its beginning: ten tests at once, and then none for a second, are done
    sooner than one each tenth of a second.

    Args:
        network: whose clock counts.
        rate: new transactions in a second.

    Raises:
        ValueError: the rate is not more than 0.
    """

    def __init__(self, network: Network, rate: float) -> None:
        if not rate > 0:
            raise ValueError(f"the pace must be more than 0 in a second, not {rate:g}")
        self._network = network
        self._at_once = max(1, int(rate))
        self._window = _WINDOW * self._at_once / rate
        self._numbers = itertools.count()
        self._servers: dict[str, _Turns] = {}

    async def take_turn(self, server: str, urgency: int = 0) -> None:
        """Wait until another transaction with a server may begin.

        Args:
            server: with which.
            urgency: of those that wait, the one with the least goes first.
        """
        turns = self._servers.get(server)
        if turns is None:
            turns = self._servers[server] = _Turns(collections.deque(maxlen=self._at_once))
        mine = urgency, next(self._numbers)
        heapq.heappush(turns.waiting, mine)
        try:
            while (left := self._left(turns)) > 0 or turns.waiting[0] != mine:
                await self._network.sleep(max(left, _A_MOMENT))
        finally:
            turns.waiting.remove(mine)
            heapq.heapify(turns.waiting)
        turns.begun.append(self._network.now())

    def _left(self, turns: _Turns) -> float:
        """Seconds until a turn is free; 0 if one is."""
        if len(turns.begun) < self._at_once:
            return 0.0
        return max(0.0, turns.begun[0] + self._window - self._network.now())
