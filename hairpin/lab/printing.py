"""What the programs of a world print, kept with the host and the time of each line."""

import contextlib
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nat.simulator.host import host_in

_MOST_LINES: Final = 10_000
_LONGEST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a program printed.

    Attributes:
        time: seconds of the world's time.
        host: where the program ran.
        text: without its line break.
    """

    time: float
    host: str
    text: str


class Printed(io.TextIOBase):
    """A standard output for the programs of a world. What runs on no host prints as before."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.left_out = 0
        self._begun: dict[str, str] = {}

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, text: str) -> int:
        """Take what is printed; a line is kept when it is whole."""
        host = host_in()
        if host is None:
            assert sys.__stdout__ is not None
            return sys.__stdout__.write(text)
        *whole, rest = (self._begun.get(host.name, "") + text).split("\n")
        self._begun[host.name] = rest[:_LONGEST]
        for line in whole:
            self._keep(Line(host.node.network.clock.monotonic(), host.name, line))
        return len(text)

    def _keep(self, line: Line) -> None:
        if len(self.lines) < _MOST_LINES:
            self.lines.append(line)
        else:
            self.left_out += 1

    def finish(self) -> None:
        """Keep what was begun and not ended by a line break."""
        last = self.lines[-1].time if self.lines else 0.0
        for host, text in self._begun.items():
            if text:
                self._keep(Line(last, host, text))
        self._begun.clear()


@contextlib.contextmanager
def kept() -> Iterator[Printed]:
    """Keep what is printed on hosts."""
    printed = Printed()
    with contextlib.redirect_stdout(printed):
        yield printed
    printed.finish()
