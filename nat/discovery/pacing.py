"""Keeps a diagnosis from asking one server faster than RFC 5780 allows."""

import collections
from typing import Final

from nat.discovery.network import Network

_WINDOW: Final = 1.0


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
        self._begun: dict[str, collections.deque[float]] = {}

    async def take_turn(self, server: str) -> None:
        """Wait until another transaction with a server may begin; first come, first served."""
        begun = self._begun.setdefault(server, collections.deque(maxlen=self._at_once))
        now = self._network.now()
        is_full = len(begun) == self._at_once
        turn = max(now, begun[0] + self._window) if is_full else now
        begun.append(turn)
        if turn > now:
            await self._network.sleep(turn - now)
