"""What a call does on its data channel: nothing, an echo, or a chat with the terminal."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from hairpin.calling.lines import lines
from hairpin.calling.plan import Doing
from hairpin.console import amount, printable
from peer import Channel, ChannelClosedError

#: After the end of the input a call ends when nothing has come for so long (seconds), so that
#: `echo hello | hairpin call ROOM --chat` still shows an answer.
LINGER = 1.0


@dataclass(slots=True)
class Counts:
    """Messages and bytes, each way."""

    sent: int = 0
    received: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


class Conversation:
    """One channel's messages.

    Args:
        channel: The open channel.
        doing: What to do with them.
        show: Called with each line to print.
        stdin: The descriptor to read lines from.
    """

    def __init__(
        self, channel: Channel, doing: Doing, show: Callable[[str], None], *, stdin: int = 0
    ) -> None:
        self.counts = Counts()
        self._channel = channel
        self._doing = doing
        self._show = show
        self._stdin = stdin
        self._last_came = 0.0

    async def run(self) -> None:
        """Go on until the channel closes, or a chat's input has ended and all was said."""
        hearing = asyncio.create_task(self._hear())
        try:
            if self._doing is Doing.CHAT:
                await self._talk(hearing)
            else:
                await hearing
        finally:
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await hearing

    async def _hear(self) -> None:
        async for message in self._channel:
            self.counts.received += 1
            self.counts.bytes_received += len(message)
            self._last_came = asyncio.get_running_loop().time()
            if self._doing is Doing.ECHO:
                await self._say(message)
            elif self._doing is Doing.CHAT:
                self._show(_shown(message))

    async def _talk(self, hearing: asyncio.Task[None]) -> None:
        talking = asyncio.create_task(self._say_lines())
        await asyncio.wait({talking, hearing}, return_when=asyncio.FIRST_COMPLETED)
        if hearing.done():
            talking.cancel()
            await asyncio.wait([talking])
            return
        loop = asyncio.get_running_loop()
        self._last_came = loop.time()
        while (left := self._last_came + LINGER - loop.time()) > 0 and not hearing.done():
            await asyncio.wait([hearing], timeout=left)

    async def _say_lines(self) -> None:
        async for line in lines(self._stdin):
            await self._say(line)

    async def _say(self, message: str | bytes) -> None:
        with contextlib.suppress(ChannelClosedError):
            await self._channel.send(message)
            self.counts.sent += 1
            self.counts.bytes_sent += len(message)


def _shown(message: str | bytes) -> str:
    """A message as a line: nothing in it that a terminal would obey."""
    if isinstance(message, bytes):
        return f"({amount(len(message))} of binary data)"
    return "\n".join(printable(line) for line in message.split("\n"))
