"""Who waits for which virtual socket: the part of a selector that knows files."""

import itertools
import selectors
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nat.simulator.errors import OutsideWorldError
from nat.simulator.resolver import Resolver
from nat.simulator.sockets import VirtualSocket

_FIRST_FILENO: Final = 1_000_000_000
"""Far above real file descriptors, so that a mix-up is noticed."""


class Readers:
    """The virtual sockets of a run, their numbers, and what asyncio wants to know of them.

    The methods named after those of `selectors.BaseSelector` do what they do there. Sockets are
    told of in the order in which they became ready.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._numbers = itertools.count(_FIRST_FILENO)
        self._sockets: dict[int, VirtualSocket] = {}
        self._keys: dict[int, selectors.SelectorKey] = {}
        self._perhaps_ready: dict[int, None] = {}
        self._map = _Keys(self._keys)

    # what sockets call

    def opened(self, opened: VirtualSocket) -> int:
        """Give a new socket its number."""
        number = next(self._numbers)
        self._sockets[number] = opened
        return number

    def closed(self, fileno: int) -> None:
        """Forget a socket; whoever waits for it will find it closed."""
        self.changed(fileno)
        self._sockets.pop(fileno, None)
        self._keys.pop(fileno, None)

    def changed(self, fileno: int) -> None:
        """Learn that a socket may have become ready for something."""
        if fileno in self._keys:
            self._perhaps_ready[fileno] = None

    # what the loop calls

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As `selectors.BaseSelector.register`.

        Raises:
            OutsideWorldError: it is not a virtual socket.
        """
        fileno = number_of(fileobj)
        if fileno not in self._sockets:
            raise OutsideWorldError(
                f"{fileobj!r} is not a virtual socket: the loop of a world has no real ones, and no"
                " pipes; open it inside the run, or leave it to a thread outside"
            )
        key = selectors.SelectorKey(fileobj, fileno, events, data)
        self._keys[fileno] = key
        self._perhaps_ready[fileno] = None
        return key

    modify = register

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """As `selectors.BaseSelector.unregister`."""
        return self._keys.pop(number_of(fileobj))

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        """As `selectors.BaseSelector.get_key`."""
        return self._map[fileobj]

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """As `selectors.BaseSelector.get_map`."""
        return self._map

    def close(self) -> None:
        """The run is over: every socket is a bad descriptor from now on."""
        for opened in self._sockets.values():
            opened.forgotten()
        self._sockets.clear()
        self._keys.clear()

    def find(self, fileobj: Any) -> VirtualSocket | None:
        """The virtual socket of a number or object, if it is one."""
        return self._sockets.get(number_of(fileobj))

    def take_ready(self) -> list[tuple[selectors.SelectorKey, int]]:
        """The keys whose sockets are ready for what is asked of them, and for what they are."""
        ready = []
        for fileno in list(self._perhaps_ready):
            key, found = self._keys.get(fileno), self._sockets.get(fileno)
            mask = key.events & found.readiness() if key and found else 0
            if key and mask:
                ready.append((key, mask))
            else:
                del self._perhaps_ready[fileno]
        return ready


class _Keys(Mapping[Any, selectors.SelectorKey]):
    """The keys, found by number or by the file that has it."""

    def __init__(self, keys: dict[int, selectors.SelectorKey]) -> None:
        self._keys = keys

    def __getitem__(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys[number_of(fileobj)]

    def __iter__(self) -> Iterator[int]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def number_of(file: Any) -> int:
    """The number of a file, given as such or as an object that has one."""
    return file if isinstance(file, int) else int(file.fileno())
