"""The garbage collector while a run lasts: it looks less often, because a trace keeps what it is told."""

import contextlib
import gc
from collections.abc import Iterator
from typing import Final

YOUNG: Final = 50_000
"""New objects after which the youngest are looked at; Python's own number is 700 to 10,000."""


@contextlib.contextmanager
def calm_collector() -> Iterator[None]:
    """Let the collector look rarely, and as before afterwards.

    Each row of the trace keeps a packet, so that a look finds nothing to free: with Python's own
    thresholds a run of many packets spends a sixth of its time on looking.
    """
    before = gc.get_threshold()
    if before[0] == 0 or before[0] > YOUNG:  # switched off, or calm already
        yield
        return
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
