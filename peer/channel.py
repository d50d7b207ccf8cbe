"""A data channel that waits when the network is slow and never grows without bound."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from peer.errors import ChannelClosedError

HIGH_WATER = 1 << 20
MAX_QUEUED_MESSAGES = 4096
Message = str | bytes


class Wire(Protocol):
    """What a channel needs of its engine."""

    @property
    def buffered(self) -> int:
        """Bytes handed over and not yet sent."""

    def send(self, message: Message) -> None:
        """Hand over a message."""

    def close(self) -> None:
        """Close the channel."""


class Channel:
    """One data channel of a session.

    Iterating gives the messages in order and ends when the channel closes.

    Args:
        label: The channel's name.
        wire: The engine's end.
    """

    def __init__(self, label: str, wire: Wire) -> None:
        self.label = label
        self._wire = wire
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue()
        self._drained = asyncio.Event()
        self._drained.set()
        self._closed = False

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        try:
            return await self.receive()
        except ChannelClosedError:
            raise StopAsyncIteration from None

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._closed

    async def send(self, message: Message) -> None:
        """Send a message; waits while more than 1 MiB is waiting to go out.

        Raises:
            ChannelClosedError: The channel is closed.
        """
        while not self._closed and self._wire.buffered >= HIGH_WATER:
            self._drained.clear()
            await self._drained.wait()
        if self._closed:
            raise ChannelClosedError(f"channel {self.label!r} is closed")
        self._wire.send(message)

    async def receive(self) -> Message:
        """The next message.

        Raises:
            ChannelClosedError: The channel is closed and every message was read.
        """
        if self._closed and self._queue.empty():
            raise ChannelClosedError(f"channel {self.label!r} is closed")
        message = await self._queue.get()
        if message is None:
            self._queue.put_nowait(None)  # for whoever else is waiting
            raise ChannelClosedError(f"channel {self.label!r} is closed")
        return message

    def close(self) -> None:
        """Close the channel; messages that have come can still be read."""
        if not self._closed:
            self._wire.close()
            self.message_ended()

    def message_came(self, message: Message) -> None:
        """Take in a message from the engine; a reader that is 4096 behind loses the channel."""
        if self._closed:
            return
        if self._queue.qsize() >= MAX_QUEUED_MESSAGES:
            self.close()
            return
        self._queue.put_nowait(message)

    def message_ended(self) -> None:
        """The engine's end is closed."""
        if not self._closed:
            self._closed = True
            self._drained.set()
            self._queue.put_nowait(None)

    def buffer_drained(self) -> None:
        """The engine has room again."""
        self._drained.set()
