"""The pool of relay ports: random ones out, freed ones kept back for a while."""

from array import array
from collections import deque
from collections.abc import Callable
from enum import Enum


class Parity(Enum):
    """Which ports will do (EVEN-PORT, RFC 8656 §18.7)."""

    ANY = "any"
    EVEN = "even"


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
        self._free = (array("H"), array("H"))  # even ports, odd ports
        for port in range(first, last + 1):
            self._free[port % 2].append(port)
        self._out: set[int] = set()
        self._resting: deque[tuple[float, int]] = deque()
        self._quarantine = quarantine
        self._random_below = random_below

    def __contains__(self, port: int) -> bool:
        """Say whether `port` is out."""
        return port in self._out

    def take(self, now: float, parity: Parity = Parity.ANY) -> int | None:
        """Take a port out of the pool; None when no rested one of that parity is left."""
        self._wake(now)
        even, odd = self._free
        choices = len(even) if parity is Parity.EVEN else len(even) + len(odd)
        if not choices:
            return None
        chosen = self._random_below(choices)
        port = _pick(even, chosen) if chosen < len(even) else _pick(odd, chosen - len(even))
        self._out.add(port)
        return port

    def give_back(self, port: int, now: float) -> None:
        """Return a port that `take` gave, after use or because it could not be bound."""
        self._out.remove(port)
        self._resting.append((now + self._quarantine, port))

    def _wake(self, now: float) -> None:
        while self._resting and self._resting[0][0] <= now:
            port = self._resting.popleft()[1]
            self._free[port % 2].append(port)


def _pick(ports: "array[int]", chosen: int) -> int:
    port = ports[chosen]
    ports[chosen] = ports[-1]
    ports.pop()
    return port
