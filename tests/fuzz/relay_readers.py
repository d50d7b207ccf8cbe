"""Decisions from bytes: what a fuzzer mutates, hypothesis shrinks, and a seed is made of."""

from random import Random

_BYTE = 256


class Bytes:
    """Reads decisions off a string of bytes; behind its end all is as usual.

    Args:
        data: the bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_over(self) -> bool:
        """Whether every byte has been read."""
        return self._at >= len(self._data)

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""
        if limit < 2:
            return 0
        size = 1 if limit <= _BYTE else 2
        return int.from_bytes(self._take(size), "big") % limit

    def chunk(self, longest: int) -> bytes:
        """Any bytes."""
        return self._take(self.below(longest + 1))

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken


class Recorded:
    """Decides at random, and notes the bytes that would decide so again."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._noted = bytearray()

    @property
    def data(self) -> bytes:
        """What was noted."""
        return bytes(self._noted)

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""
        if limit < 2:
            return 0
        number = self._random.randrange(limit)
        self._noted += number.to_bytes(1 if limit <= _BYTE else 2, "big")
        return number

    def chunk(self, longest: int) -> bytes:
        """Any bytes."""
        data = self._random.randbytes(self.below(longest + 1))
        self._noted += data
        return data
