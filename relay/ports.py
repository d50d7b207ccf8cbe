"""The pool of relay ports: random ones out, freed ones kept back for a while."""

import functools
from array import array
from collections import deque
from collections.abc import Callable
from enum import Enum

PAIR_DRAWS = 256
"""So many even ports are looked at for one whose neighbour is free, too."""
_NOWHERE = -1


class Parity(Enum):
    """Which ports will do (EVEN-PORT, RFC 8656 §18.7)."""

    ANY = "any"
    EVEN = "even"


class PortPool:
    """Ports of one relay address: each is free, reserved, out or resting, and nothing else.

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
        below, place = _all_free(first, last)
        free = tuple(ports[:] for ports in below)
        self._free = free if first % 2 == 0 else free[::-1]  # even ports, odd ports
        self._first = first
        self._place = place[:]  # where in its array a free port is
        self._out: set[int] = set()
        self._reserved: set[int] = set()
        self._resting: deque[tuple[float, int]] = deque()
        self._quarantine = quarantine
        self._random_below = random_below

    def __contains__(self, port: int) -> bool:
        """Say whether `port` is out."""
        return port in self._out

    @property
    def reserved(self) -> frozenset[int]:
        """Ports that are kept for somebody."""
        return frozenset(self._reserved)

    @property
    def free(self) -> frozenset[int]:
        """Ports that `take` chooses from."""
        return frozenset((*self._free[0], *self._free[1]))

    @property
    def resting(self) -> tuple[int, ...]:
        """Freed ports whose time has not come."""
        return tuple(port for _, port in self._resting)

    def take(self, now: float, parity: Parity = Parity.ANY) -> int | None:
        """Take a port out of the pool; None when no rested one of that parity is left."""
        self._wake(now)
        even, odd = self._free
        choices = len(even) if parity is Parity.EVEN else len(even) + len(odd)
        if not choices:
            return None
        chosen = self._random_below(choices)
        port = even[chosen] if chosen < len(even) else odd[chosen - len(even)]
        self._remove(port)
        self._out.add(port)
        return port

    def take_pair(self, now: float) -> int | None:
        """Take an even port out and reserve the next higher one (RFC 8656 §18.7); None when none is found."""
        self._wake(now)
        even = self._free[0]
        if not even:
            return None
        start = self._random_below(len(even))
        for step in range(min(len(even), PAIR_DRAWS)):
            port = even[(start + step) % len(even)]
            if self._is_free(port + 1):
                self._remove(port)
                self._remove(port + 1)
                self._out.add(port)
                self._reserved.add(port + 1)
                return port
        return None

    def take_reserved(self, port: int) -> None:
        """Take out a port that `take_pair` reserved."""
        self._reserved.remove(port)
        self._out.add(port)

    def give_back(self, port: int, now: float) -> None:
        """Return a port, whether it is out or reserved: the one way back into the pool, and it leads to a rest."""
        if port in self._reserved:
            self._reserved.remove(port)
        else:
            self._out.remove(port)
        self._resting.append((now + self._quarantine, port))

    def _wake(self, now: float) -> None:
        while self._resting and self._resting[0][0] <= now:
            self._add(self._resting.popleft()[1])

    def _is_free(self, port: int) -> bool:
        index = port - self._first
        return 0 <= index < len(self._place) and self._place[index] != _NOWHERE

    def _add(self, port: int) -> None:
        ports = self._free[port % 2]
        self._place[port - self._first] = len(ports)
        ports.append(port)

    def _remove(self, port: int) -> None:
        ports = self._free[port % 2]
        place = self._place[port - self._first]
        ports[place] = ports[-1]
        self._place[ports[place] - self._first] = place
        ports.pop()
        self._place[port - self._first] = _NOWHERE


@functools.lru_cache(maxsize=8)
def _all_free(first: int, last: int) -> tuple[tuple["array[int]", "array[int]"], "array[int]"]:
    """Every second port from the first on, those between, and the place of each; to be copied, not changed.

    Whoever makes a relay for each of many worlds makes the same numbers a thousand times.
    """
    below = (array("H", range(first, last + 1, 2)), array("H", range(first + 1, last + 1, 2)))
    place = array("i", bytes(4 * (last - first + 1)))
    for offset, ports in enumerate(below):
        place[offset::2] = array("i", range(len(ports)))
    return below, place
