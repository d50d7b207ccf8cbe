"""Who waits where and for what: the line of code at which each task of a run stands still."""

import asyncio
import types
from collections.abc import Iterator
from contextvars import Context
from pathlib import PurePath
from typing import Any

from nat.simulator.host import host_in, start_later
from nat.simulator.purposes import purpose_of

_DEPTH = 50


class VirtualTask(asyncio.Task[Any]):
    """A task that knows its host, and whose hash is its number.

    The number makes sets of tasks, such as those of `asyncio.wait`, iterate in the same order in
    every process; the hash of a plain task is its place in memory.
    """

    def __init__(
        self, coroutine: Any, *, number: int, context: Context | None = None, **kwargs: Any
    ) -> None:
        self.number = number  # first, because registering the task asks for its hash
        self.host = host_in(context)
        super().__init__(coroutine, context=context, **kwargs)

    def __hash__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        return self is other

    @property
    def failed_unheard(self) -> bool:
        """It ended with an exception that nobody has asked for."""
        return bool(self._log_traceback)

    @property
    def awaits(self) -> "asyncio.Future[Any] | None":
        """The future or task it waits for."""
        waited: asyncio.Future[Any] | None = getattr(self, "_fut_waiter", None)
        return waited

    def abandon(self) -> None:
        """Say nothing when it is thrown away before it is done."""
        self._log_destroy_pending = False


class VirtualFuture(asyncio.Future[Any]):
    """A future whose hash is its number."""

    def __init__(self, *, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        super().__init__(loop=loop)

    def __hash__(self) -> int:
        return self.number

    def __eq__(self, other: object) -> bool:
        return self is other


def describe_waiting(loop: asyncio.AbstractEventLoop) -> str:
    """One line for each task that is not done: its name, its host, and where it stands."""
    tasks = sorted(asyncio.all_tasks(loop), key=lambda task: getattr(task, "number", 0))
    return "\n".join(f"  {_describe(task)}" for task in tasks) or "  no task is left"


def _describe(task: asyncio.Task[Any]) -> str:
    host = getattr(task, "host", None)
    place = f" on {host.name}" if host is not None else ""
    frames = list(_frames(task.get_coro()))
    outer = _where(frames[0]) if frames else "nowhere"
    inner = f", in {_where(frames[-1])}" if len(frames) > 1 else ""
    waited = task.awaits if isinstance(task, VirtualTask) else None
    purpose = purpose_of(frames, waited)
    return f"{task.get_name()}{place} waits at {outer}{inner}{purpose and ': ' + purpose}"


def _where(frame: types.FrameType) -> str:
    file = PurePath(frame.f_code.co_filename).name
    return f"{frame.f_code.co_qualname} ({file}:{frame.f_lineno})"


def _frames(awaited: Any) -> Iterator[types.FrameType]:
    """The frames of a task, from its own coroutine to the one that waits."""
    for _ in range(_DEPTH):
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if not isinstance(frame, types.FrameType):
            return
        if frame.f_code is not start_later.__code__:
            yield frame
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
