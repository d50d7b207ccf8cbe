"""What a call does on its data channels: it answers what comes, and says the lines of the terminal to everybody."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hairpin.calling.lines import lines
from hairpin.console import amount, printable
from peer import Channel, ChannelClosedError

#: After the end of the input a call ends when nothing has come for so long (seconds), so that
#: `echo hello | hairpin call ROOM --chat` still shows an answer.
LINGER = 2.0
#: That counts from when the others have it all, which is waited for so long at most (seconds).
ARRIVAL = 10.0

Message = str | bytes


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
        answer: Called with each message; what it returns is said.
    """

    def __init__(
        self, channel: Channel, answer: Callable[[Message], Sequence[Message]], counts: Counts
    ) -> None:
        self.counts = counts
        self._channel = channel
        self._answer = answer
        #: When a message came last, by the clock of the event loop.
        self.last_came = 0.0

    async def run(self) -> None:
        """Hear and answer until the channel closes."""
        async for message in self._channel:
            self.counts.received += 1
            self.counts.bytes_received += len(message)
            self.last_came = asyncio.get_running_loop().time()
            for each in self._answer(message):
                await self.say(each)

    async def say(self, message: Message) -> None:
        """Say something; nothing happens if the channel is closed."""
        with contextlib.suppress(ChannelClosedError):
            await self._channel.send(message)
            self.counts.sent += 1
            self.counts.bytes_sent += len(message)

    async def arrived(self) -> None:
        """Wait until the other side has what was said, or the channel closes."""
        with contextlib.suppress(ChannelClosedError):
            await self._channel.drain()


async def say_lines(present: Callable[[], Sequence[Conversation]], stdin: int) -> None:
    """Say each line of the input to everybody who is there, and wait until no more answers come."""
    async for line in lines(stdin):
        await asyncio.gather(*(each.say(line) for each in present()))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(ARRIVAL):
            await asyncio.gather(*(each.arrived() for each in present()))
    loop = asyncio.get_running_loop()
    ended = loop.time()
    while True:
        last = max((each.last_came for each in present()), default=0.0)
        if (left := max(ended, last) + LINGER - loop.time()) <= 0 or not present():
            return
        await asyncio.sleep(left)


def shown(message: Message) -> str:
    """A message as a line: nothing in it that a terminal would obey."""
    if isinstance(message, bytes):
        return f"({amount(len(message))} of binary data)"
    return "\n".join(printable(line) for line in message.split("\n"))
