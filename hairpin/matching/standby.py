"""Sees to it that bots are there when somebody comes, to a queue or to a room, in a process of their own.

It is started when somebody comes, and not before: a server whose game nobody plays pays nothing
for it; and the packets of its games are not in the way of the server's.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from signaling.journal import Happening, Noted

IDLE: Final = 120.0
"""Seconds without anybody to play with, after which the process ends."""
_PAUSE: Final = 2.0
_RECENT: Final = 15.0  # seconds before the end: who came then may not have been seen
_GRACE: Final = 3.0


Start = Callable[[Sequence[str]], Coroutine[Any, Any, asyncio.subprocess.Process]]


def start_with(authority: Path | None = None) -> Start:
    """Say how a process is started.

    Args:
        authority: The certificate that it trusts, where the server's is signed by nobody that is known.
    """
    quiet = asyncio.subprocess.DEVNULL
    environment = {} if authority is None else {"SSL_CERT_FILE": str(authority)}

    async def start(command: Sequence[str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command, stdin=quiet, stdout=quiet, stderr=quiet, env=os.environ | environment
        )

    return start


def for_queue(queue: str, start: Start | None = None) -> "Standby":
    """Bots that play with who waits in a queue."""

    def comes(noted: Noted) -> bool:
        return noted.happening is Happening.TICKET_QUEUED and noted.fields.get("queue") == queue

    def command(url: str) -> list[str]:
        return ["match", "bot", "--quiet", "--server", url, "--queue", queue, "--idle", str(IDLE)]

    return Standby(comes, command, start)


class Standby:
    """Sees to it that bots are there as soon as somebody comes.

    Args:
        comes: Whether what the server notes is that.
        command: What follows `hairpin` on the command line, from the address of the server.
        start: Starts the process.
    """

    def __init__(
        self,
        comes: Callable[[Noted], bool],
        command: Callable[[str], Sequence[str]],
        start: Start | None = None,
    ) -> None:
        self._comes = comes
        self._command = command
        self._start = start or start_with()
        self._url = ""
        self._wanted = asyncio.Event()
        self._came = 0.0
        self._keeping: asyncio.Task[None] | None = None

    def hear(self, noted: Noted) -> None:
        """Hear what the server notes."""
        if self._comes(noted):
            self._came = asyncio.get_running_loop().time()
            self._wanted.set()

    def open(self, url: str) -> None:
        """Begin to see to it; `url` is where bots find the server."""
        self._url = url
        self._keeping = asyncio.create_task(self._keep())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait({self._keeping})

    async def _keep(self) -> None:
        """Start the process when somebody has come, and again after its end if somebody has come in the meantime.

        Its bots' own coming is noted as well; but not in the last moments of one that has been idle.
        """
        loop = asyncio.get_running_loop()
        while True:
            await self._wanted.wait()
            command = [sys.executable, "-m", "hairpin", *self._command(self._url)]
            process = await self._start(command)
            try:
                code = await process.wait()
            finally:
                await _end(process)
            if code != 0 or loop.time() - self._came > _RECENT:
                self._wanted.clear()
            await asyncio.sleep(_PAUSE)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
