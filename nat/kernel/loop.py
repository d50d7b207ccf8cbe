"""An event loop whose tasks live in namespaces, so that one process is many hosts.

Each task has a place, a context variable that it hands on to the tasks and timers it begins; while
it runs, the thread is in that namespace. Whatever it does there, it does there: it makes sockets,
lists interfaces, starts programs, unmodified. Sockets stay where they were made, so nothing else
has to move. Changing places takes two microseconds.
"""

import asyncio
import contextvars
import functools
import os
from collections.abc import Callable
from typing import Any, Final

from nat.kernel import syscalls
from nat.kernel.namespaces import Namespace

place: Final[contextvars.ContextVar[Namespace | None]] = contextvars.ContextVar(
    "place", default=None
)
"""The namespace of the running task; None is where the process began."""


class NamespaceLoop(asyncio.SelectorEventLoop):
    """An event loop that puts each callback into the namespace of its context."""

    def __init__(self) -> None:
        super().__init__()
        self._home = syscalls.current()
        self._here: int = self._home

    def run_forever(self) -> None:
        """Run until stopped; then the thread is back where it was."""
        try:
            super().run_forever()
        finally:
            self._go(self._home)

    def close(self) -> None:
        """Close the loop."""
        if not self.is_closed():
            os.close(self._home)
        super().close()

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """Call back in the next round, in the namespace of the context."""
        return super().call_soon(self._placed, _where(context), callback, *args, context=context)

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """The same, from any thread."""
        return super().call_soon_threadsafe(
            self._placed, _where(context), callback, *args, context=context
        )

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., Any],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back at a time, in the namespace of the context."""
        return super().call_at(
            when, self._placed, _where(context), callback, *args, context=context
        )

    def _add_reader(self, fd: int, callback: Callable[..., Any], *args: Any) -> Any:
        """Call back when there is something to read: protocols are told of it, and may make sockets then."""
        return super()._add_reader(fd, self._placed, place.get(), callback, *args)  # type: ignore[misc]

    def _add_writer(self, fd: int, callback: Callable[..., Any], *args: Any) -> Any:
        """The same when there is room to write."""
        return super()._add_writer(fd, self._placed, place.get(), callback, *args)  # type: ignore[misc]

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Run a function in another thread, in the namespace of the running task."""
        where = self._descriptor(place.get())
        return super().run_in_executor(executor, functools.partial(_inside, where, func), *args)

    def _placed(self, where: Namespace | None, callback: Callable[..., Any], *args: Any) -> None:
        self._go(self._descriptor(where))
        callback(*args)

    def _descriptor(self, where: Namespace | None) -> int:
        return self._home if where is None else where.descriptor

    def _go(self, where: int) -> None:
        if where != self._here:
            syscalls.enter(where)
            self._here = where


def _where(context: contextvars.Context | None) -> Namespace | None:
    return place.get() if context is None else context.get(place)


def _inside(where: int, func: Callable[..., Any], *args: Any) -> Any:
    """A thread of a pool was somewhere before, and is somewhere else after; so each call says where."""
    syscalls.enter(where)
    return func(*args)
