"""Unguessable numbers, for which the system is asked once in a while instead of once each."""

from collections.abc import Callable

_AT_ONCE = 1024


class Randomness:
    """Random numbers below a bound, from bytes that are drawn many at a time and used once.

    `secrets.randbelow` makes a system call for each number, which costs as much as all that an allocation does
    with it.

    Args:
        draw: `draw(n)` gives n random bytes; `os.urandom` outside tests.
    """

    def __init__(self, draw: Callable[[int], bytes]) -> None:
        self._draw = draw
        self._left = b""
        self._at = 0

    def below(self, bound: int) -> int:
        """Give a number from 0 to `bound` - 1, each as likely as every other."""
        bits = (bound - 1).bit_length()
        size = (bits + 7) // 8
        spare = 8 * size - bits
        while True:
            number = int.from_bytes(self._take(size), "big") >> spare
            if number < bound:
                return number

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._left):
            self._left, self._at, end = self._draw(max(_AT_ONCE, size)), 0, size
        taken = self._left[self._at : end]
        self._at = end
        return taken
