"""Something that is put in here and read there, in order, by as many readers as there are."""

import asyncio
import collections
import weakref
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

Item = TypeVar("Item")
MAX_UNREAD = 1024


class Stream(AsyncIterator[Item]):
    """What one reader has not read yet; of more than `limit` items the oldest is dropped."""

    def __init__(self, limit: int = MAX_UNREAD) -> None:
        self._items: collections.deque[Item] = collections.deque(maxlen=limit)
        self._ended = False
        self._changed = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item."""
        if not self._ended:
            self._items.append(item)
            self._changed.set()

    def end(self) -> None:
        """No further item comes; those that are there can be read."""
        self._ended = True
        self._changed.set()

    async def __anext__(self) -> Item:
        while not self._items:
            if self._ended:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._items.popleft()


class Broadcast(Generic[Item]):
    """Gives every reader what is put in from the time at which it began to read.

    Who lets go of a stream reads no more; nothing is kept for it.
    """

    def __init__(self) -> None:
        self._streams: list[weakref.ref[Stream[Item]]] = []
        self._ended = False

    def open(self) -> Stream[Item]:
        """A reader of its own."""
        stream: Stream[Item] = Stream()
        if self._ended:
            stream.end()
        else:
            self._streams = [ref for ref in self._streams if ref() is not None]
            self._streams.append(weakref.ref(stream))
        return stream

    def put(self, item: Item) -> None:
        """Tell all readers."""
        for stream in self._readers():
            stream.put(item)

    def end(self) -> None:
        """No further item comes."""
        self._ended = True
        for stream in self._readers():
            stream.end()
        self._streams.clear()

    def _readers(self) -> list[Stream[Item]]:
        return [stream for ref in self._streams if (stream := ref()) is not None]
