"""Who waits for which virtual socket: the part of a selector that `add_reader` talks to."""

import asyncio
import contextvars
import itertools
from collections.abc import Callable
from typing import Any, Final

from nat.simulator.errors import OutsideWorldError
from nat.simulator.resolver import Resolver
from nat.simulator.sockets import VirtualSocket

_FIRST_FILENO: Final = 1_000_000_000
"""Far above real file descriptors, so that a mix-up is noticed."""

_Callback = tuple[contextvars.Context, Callable[..., object], tuple[Any, ...]]


class Readers:
    """The virtual sockets of a loop, their numbers, and the callbacks for them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, resolver: Resolver) -> None:
        self.resolver = resolver
        self._loop = loop
        self._numbers = itertools.count(_FIRST_FILENO)
        self._sockets: dict[int, VirtualSocket] = {}
        self._readers: dict[int, _Callback] = {}
        self._writers: dict[int, _Callback] = {}
        self._woken: set[int] = set()

    # what sockets call

    def opened(self, opened: VirtualSocket) -> int:
        """Give a new socket its number."""
        number = next(self._numbers)
        self._sockets[number] = opened
        return number

    def closed(self, fileno: int) -> None:
        """Forget a socket and its callbacks."""
        self._sockets.pop(fileno, None)
        self._readers.pop(fileno, None)
        self._writers.pop(fileno, None)

    def readable(self, fileno: int) -> None:
        """Wake the reader of a socket, once for any number of packets until it has run."""
        reader = self._readers.get(fileno)
        if reader is not None and fileno not in self._woken:
            self._woken.add(fileno)
            self._loop.call_soon(self._read, fileno, context=reader[0])

    # what the loop calls

    def add_reader(self, file: Any, callback: Callable[..., object], *args: Any) -> None:
        """Call back whenever the socket has something to read, as long as it has."""
        fileno = self._check(file)
        self._readers[fileno] = (contextvars.copy_context(), callback, args)
        if self._sockets[fileno].has_something:
            self.readable(fileno)

    def remove_reader(self, file: Any) -> bool:
        """Tell whether there was one."""
        return self._readers.pop(_number(file), None) is not None

    def add_writer(self, file: Any, callback: Callable[..., object], *args: Any) -> None:
        """Call back again and again: a UDP socket can always be written to."""
        fileno = self._check(file)
        context = contextvars.copy_context()
        fresh = fileno not in self._writers
        self._writers[fileno] = (context, callback, args)
        if fresh:
            self._loop.call_soon(self._write, fileno, context=context)

    def remove_writer(self, file: Any) -> bool:
        """Tell whether there was one."""
        return self._writers.pop(_number(file), None) is not None

    def _read(self, fileno: int) -> None:
        self._woken.discard(fileno)
        reader = self._readers.get(fileno)
        try:
            if reader is not None and self._sockets[fileno].has_something:
                reader[1](*reader[2])
        finally:
            found = self._sockets.get(fileno)
            if found is not None and found.has_something:
                self.readable(fileno)

    def _write(self, fileno: int) -> None:
        writer = self._writers.get(fileno)
        if writer is not None:
            self._loop.call_soon(self._write, fileno, context=writer[0])
            writer[1](*writer[2])

    def _check(self, file: Any) -> int:
        fileno = _number(file)
        if fileno not in self._sockets:
            raise OutsideWorldError(f"{file!r} is not a virtual socket: the loop has no real ones")
        return fileno


def _number(file: Any) -> int:
    return file if isinstance(file, int) else int(file.fileno())
