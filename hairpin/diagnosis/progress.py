"""What a diagnosis is doing, told to a terminal: what now, how far, how long still."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.markup import escape

from hairpin.console import printable, span, stderr
from nat.discovery.recorder import Progress

_SPINNER: Final = 2


class Teller:
    """Says how it goes, whenever it is told news, and whenever it is asked to.

    Args:
        say: takes a sentence in the place of the one before.
        lasting: seconds that it takes at most.
        clock: seconds.
        width: how many letters there is room for; None for any number.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        lasting: float,
        clock: Callable[[], float] = time.monotonic,
        width: Callable[[], int] | None = None,
    ) -> None:
        self._width = width
        self._say = say
        self._lasting = lasting
        self._clock = clock
        self._began = clock()
        self._last: Progress | None = None

    def listen(self, progress: Progress) -> None:
        """Take news."""
        self._last = progress
        self.tell()

    def tell(self) -> None:
        """Say how it goes: `filtering II, stun.example.org: 12 of 20 answered, at most 3 s more`."""
        left = self._began + self._lasting - self._clock()
        still = f", at most {span(left + 0.999)} more" if left > 0 else ""
        doing, far = "looking around", ""
        if self._last is not None:
            doing = printable(self._last.doing)
            far = f": {self._last.answered} of {self._last.asked} answered"
        self._say(self._fitted(doing, f"{far}{still}"))

    def _fitted(self, doing: str, how_far: str) -> str:
        """One line, of which what is done now gives way first: it changes all the time."""
        whole = f"{doing}{how_far}; Ctrl-C ends it"
        if self._width is None or len(whole) <= self._width():
            return whole
        room = self._width() - len(how_far)
        return f"{doing if len(doing) <= room else f'{doing[: max(room - 1, 0)]}…'}{how_far}"


@contextmanager
def shown(lasting: float, *, wanted: bool = True) -> Iterator[Teller | None]:
    """A line on standard error that changes, as long as the context lasts; None unless it is a terminal."""
    err = stderr()
    if not wanted or not err.is_terminal:
        yield None
        return
    with err.status("Looking around") as line:
        yield Teller(
            lambda sentence: line.update(escape(sentence)),
            lasting,
            width=lambda: err.width - _SPINNER,
        )
