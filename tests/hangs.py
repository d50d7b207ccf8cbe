"""A test that hangs is told by name, with what each of its tasks waits for, before its worker is ended."""

import asyncio
import gc
import os
import threading
import time
from types import CoroutineType, FrameType


def where_tasks_wait() -> list[str]:
    """A line for each task of any loop, and below it the places, from the outermost, where it waits."""
    lines = []
    # by type(): a weak proxy of what is gone answers isinstance() with an error
    for task in [found for found in gc.get_objects() if issubclass(type(found), asyncio.Task)]:
        if not task.done():
            lines.append(f"task {task.get_name()}: {task.get_coro()!r}")
            lines += [f"    {frame.f_code.co_filename}:{frame.f_lineno}" for frame in _frames(task)]
    return lines


def _frames(task: "asyncio.Task[object]") -> list[FrameType]:
    """The frames of the coroutines that a task is in; it awaits what the last of them does."""
    frames = []
    waiting: object = task.get_coro()
    while isinstance(waiting, CoroutineType) and waiting.cr_frame is not None:
        frames.append(waiting.cr_frame)
        waiting = waiting.cr_await
    return frames


class Watch:
    """A plugin that looks at the running test from a thread of its own, so that a loop that stands still is seen too."""

    def __init__(self, limit: float = 280.0, look_every: float = 5.0) -> None:
        """Limits are in seconds; pyproject.toml's faulthandler_timeout ends the worker some 20 s later."""
        self._limit = limit
        self._look_every = look_every
        self._told_to = os.dup(2)  # while the plugins are set up, this is not pytest's own file yet
        self._running: tuple[str, float] | None = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="hangs", daemon=True)

    def pytest_sessionstart(self) -> None:
        """Begin to look."""
        self._thread.start()

    def pytest_sessionfinish(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join(self._look_every + 5)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self._running = (nodeid, time.monotonic() + self._limit)

    def pytest_runtest_logfinish(self) -> None:
        """It has ended."""
        self._running = None

    def _look(self) -> None:
        while not self._is_over.wait(self._look_every):
            running = self._running
            if running is not None and time.monotonic() > running[1]:
                told = [f"{running[0]} has run for {self._limit:.0f} s:", *where_tasks_wait()]
                os.write(self._told_to, "\n".join([*told, ""]).encode())
                self._running = None
