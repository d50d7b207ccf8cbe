"""Work that is spread over processes, with a bar that shows how far it is."""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

Item = TypeVar("Item")
Result = TypeVar("Result")

_FEW: Final = 8
_BETWEEN_PICTURES: Final = 0.1


def spread(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    processes: int,
    what: str,
    console: Console,
) -> list[Result]:
    """Do a piece of work for each item; the results are in the order of the items.

    Args:
        work: a function of a module, so that another process finds it.
        processes: how many to use; a few items are done in this one.
        what: what is being done, beside the bar.
        console: where the bar is shown, if it is a terminal.
    """
    results = []
    # Without a thread of its own, which would not survive the fork into processes.
    with Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        console=console,
        auto_refresh=False,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task(what, total=len(items))
        shown = time.monotonic()
        for result in _results(work, items, processes):
            results.append(result)
            progress.advance(bar)
            if time.monotonic() - shown > _BETWEEN_PICTURES:
                shown = time.monotonic()
                progress.refresh()
    return results


def _results(
    work: Callable[[Item], Result], items: Sequence[Item], processes: int
) -> Iterator[Result]:
    if processes == 1 or len(items) <= _FEW:
        yield from map(work, items)
        return
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else None)
    share = max(1, min(16, len(items) // (processes * 4)))
    with context.Pool(min(processes, len(items)), initializer=_begin) as pool:
        yield from pool.imap(work, items, chunksize=share)


def _begin() -> None:
    """Ctrl-C reaches every process of the terminal; the first one ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
