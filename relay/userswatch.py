"""Looks at the users file from time to time, and has it read again when it has changed."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from relay.errors import UsersFileError
from relay.outputs import UsersFileRead
from relay.users import NOBODY, UserList
from relay.usersfile import UsersFile


class UsersWatch:
    """One task for one users file, which is read in a thread: packets go on while a large one is.

    Args:
        realm: the relay's realm.
        interval: seconds from one look to the next; None for no looks.
        receive: takes what the file says.
        tell: is told that the file was read, or why it was not, and the time.
    """

    def __init__(
        self,
        realm: str,
        interval: float | None,
        receive: Callable[[UserList], None],
        tell: Callable[[UsersFileRead, float], None],
    ) -> None:
        self._realm = realm
        self._interval = interval
        self._receive = receive
        self._tell = tell
        self._file: UsersFile | None = None
        self._wanted = asyncio.Event()
        self._asked: asyncio.Future[UsersFileRead | None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, path: Path) -> UserList:
        """Read the file for the first time, and look at it from now on.

        Raises:
            UsersFileError: it cannot be read or used.
        """
        self._file = UsersFile(path, self._realm)
        read = await asyncio.to_thread(self._file.read)
        if read.warning is not None:
            self._say(UsersFileRead(len(read.users), warning=read.warning))
        self._begin()
        return read.users

    def read_again(self, path: Path | None) -> None:
        """Read the file soon, changed or not; or another one; or have no file and no users of one."""
        self._answer(None)
        self._asked = None
        if path is None:
            if self._file is not None:
                self._file = None
                self._receive(NOBODY)
            return
        self._asked = asyncio.get_running_loop().create_future()
        if self._file is None or self._file.path != path:
            self._file = UsersFile(path, self._realm)
        self._wanted.set()
        self._begin()

    async def settled(self) -> UsersFileRead | None:
        """Wait for what comes of the last `read_again`; None when there is no file, or another was asked for."""
        return None if self._asked is None else await asyncio.shield(self._asked)

    def stop(self) -> None:
        """Look no more."""
        self._file = None
        self._answer(None)
        if self._task is not None:
            self._task.cancel()

    async def stopped(self) -> None:
        """Wait until the task has ended."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def _begin(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._look_on())

    async def _look_on(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._wanted.wait()
            file, is_wanted = self._file, self._wanted.is_set()
            self._wanted.clear()
            if file is not None and (is_wanted or file.has_changed()):
                await self._read(file)

    async def _read(self, file: UsersFile) -> None:
        try:
            read = await asyncio.to_thread(file.read)
        except UsersFileError as error:
            if file is self._file:
                self._say(UsersFileRead(problem=str(error)))
            return
        if file is not self._file:
            return
        if self._interval is not None and file.has_changed():
            return  # somebody writes to it: the next look finds the whole
        self._receive(read.users)
        self._say(UsersFileRead(len(read.users), warning=read.warning))

    def _answer(self, news: UsersFileRead | None) -> None:
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(news)

    def _say(self, news: UsersFileRead) -> None:
        if (
            not self._wanted.is_set()
        ):  # else it was read before somebody asked: it is read once more
            self._answer(news)
        self._tell(news, asyncio.get_running_loop().time())
