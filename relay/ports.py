"""The pool of relay ports: random ones out, freed ones kept back for a while."""

from array import array
from collections import deque
from collections.abc import Callable


class PortPool:
    """Ports of one relay address.

    Every free port is as likely as every other (nobody must guess a relay port), at the
    same cost however full the pool is. A freed port rests before it is used again, so that late packets
    of an old peer do not reach a new client.

    Args:
        first, last: the range, both ends included.
        quarantine: rest of a freed port, in seconds.
        random_below: `random_below(n)` is a number from 0 to n-1; `secrets.randbelow` outside tests.
    """

    def __init__(
        self, first: int, last: int, *, quarantine: float, random_below: Callable[[int], int]
    ) -> None:
        self._free = array("H", range(first, last + 1))
        self._out: set[int] = set()
        self._resting: deque[tuple[float, int]] = deque()
        self._quarantine = quarantine
        self._random_below = random_below

    def __contains__(self, port: int) -> bool:
        """Say whether `port` is out."""
        return port in self._out

    def take(self, now: float) -> int | None:
        """Take a port out of the pool; None when no rested one is left."""
        while self._resting and self._resting[0][0] <= now:
            self._free.append(self._resting.popleft()[1])
        if not self._free:
            return None
        chosen = self._random_below(len(self._free))
        port = self._free[chosen]
        self._free[chosen] = self._free[-1]
        self._free.pop()
        self._out.add(port)
        return port

    def give_back(self, port: int, now: float) -> None:
        """Return a port that `take` gave, after use or because it could not be bound."""
        self._out.remove(port)
        self._resting.append((now + self._quarantine, port))
