"""What a diagnosis is doing, told to a terminal: what now, how far, how long still."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape

from hairpin.console import printable, span, stderr
from nat.discovery.recorder import Listener, Progress


@contextmanager
def shown(*, wanted: bool = True) -> Iterator[Listener | None]:
    """A line on standard error that changes, as long as the context lasts; None unless it is a terminal."""
    err = stderr()
    if not wanted or not err.is_terminal:
        yield None
        return
    with err.status("Looking around") as line:
        yield lambda progress: line.update(escape(sentence(progress)))


def sentence(progress: Progress) -> str:
    """`filtering II, stun.example.org: 12 of 20 answered, at most 3 s more`."""
    far = f"{progress.answered} of {progress.asked} answered"
    left = progress.deadline - progress.at
    still = f", at most {span(left + 0.999)} more" if left > 0 else ""
    return f"{printable(progress.doing)}: {far}{still} (Ctrl-C: what is known so far)"
