"""Ctrl-C while a run lasts: it ends the program by cancelling it, so that everything is closed."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any


@contextlib.contextmanager
def interrupting(task: asyncio.Task[Any]) -> Iterator[None]:
    """Let SIGINT cancel a task; when that has ended, `KeyboardInterrupt` is raised.

    Raised where it happens to strike, as Python does by itself, it would leave tasks behind that
    can never end. A second SIGINT is raised at once all the same. Where somebody else handles
    SIGINT, or in another thread than the main one, nothing changes.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    interrupted = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted or task.done():
            raise KeyboardInterrupt
        interrupted = True
        task.cancel()

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except asyncio.CancelledError:
        if interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
