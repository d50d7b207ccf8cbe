"""Work in the background that somebody owns: it is cancelled in the end, and its errors are told."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any


class Background:
    """The background work of one object."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start something; an exception in it reaches the event loop's handler."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def cancel(self) -> None:
        """End everything that still runs, the caller excepted."""
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            report(error)


async def within(seconds: float, works: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """Do several things side by side; what is not done in time is cancelled, errors are told."""
    tasks = [asyncio.ensure_future(work) for work in works]
    if not tasks:
        return
    done, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
        task.add_done_callback(_retrieve)
    for task in done:
        _retrieve(task)


def report(error: BaseException) -> None:
    """Give an error to the event loop's handler, which logs it unless told otherwise."""
    asyncio.get_running_loop().call_exception_handler(
        {"message": "a peer connection's background work failed", "exception": error}
    )


def _retrieve(task: "asyncio.Future[Any]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        report(error)
