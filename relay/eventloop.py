"""An asyncio event loop in which packets do not pass through asyncio.

asyncio turns each readiness of a socket into a callback that it runs in the next round; for a socket with one
packet that costs more than relaying the packet. In this loop packet sockets are drained where their readiness
is found out, in the selector, which goes on as long as nobody else has anything to do. All else is asyncio as
ever: the selector returns to it for other sockets, for its timers, and when a drain scheduled something.
"""

import asyncio
import contextlib
import select
import selectors
from collections.abc import Callable, Iterator, Mapping
from contextvars import Context
from time import monotonic, sleep
from typing import Any, TypeAlias, TypeVarTuple

from relay.coalescing import Coalescer

Ts = TypeVarTuple("Ts")
Drain: TypeAlias = Callable[[float], int]
"""Takes packets off a socket, a bounded number; returns how many there were."""

_EVENTS_AT_ONCE = 512
_EPOLLIN, _EPOLLOUT = 0x001, 0x004  # linux/eventpoll.h
_FOREVER = float("inf")
_FAILURES = Exception  # as with asyncio's callbacks, a fault in one must not end the loop


class PacketSelector(selectors.BaseSelector):
    """A selector on epoll that drains packet sockets by itself.

    Args:
        coalescer: how long to wait for more packets.
    """

    def __init__(self, coalescer: Coalescer) -> None:
        self._epoll = select.epoll()
        self._keys: dict[int, selectors.SelectorKey] = {}
        self._drains: dict[int, Drain] = {}
        self._coalescer = coalescer
        self._is_interrupted = False
        self._pause = 0.0
        self.failed: Callable[[Exception], None] = _raise

    def add_drain(self, fd: int, drain: Drain) -> None:
        """Call `drain` whenever there is something to read."""
        self._epoll.register(fd, _EPOLLIN)
        self._drains[fd] = drain

    def remove_drain(self, fd: int) -> None:
        """Drain a socket no more; call this before it is closed."""
        del self._drains[fd]
        self._epoll.unregister(fd)

    def interrupt(self) -> None:
        """Return from `select` after this round, because there is something else to do."""
        self._is_interrupted = True

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch a file object, as `selectors` has it."""
        fd = _fd_of(fileobj)
        if fd in self._keys:
            raise KeyError(f"{fileobj!r} is registered already")
        key = self._keys[fd] = selectors.SelectorKey(fileobj, fd, events, data)
        self._epoll.register(fd, _mask(events))
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Watch a file object no more."""
        key = self._keys.pop(self.get_key(fileobj).fd)
        with contextlib.suppress(OSError):  # it is closed already, and epoll has forgotten it
            self._epoll.unregister(key.fd)
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Watch for other events, or remember other data."""
        old = self.get_key(fileobj)
        if events != old.events:
            self._epoll.modify(old.fd, _mask(events))
        key = self._keys[old.fd] = old._replace(events=events, data=data)
        return key

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        """Return what is remembered of a file object."""
        try:
            return self._keys[_fd_of(fileobj)]
        except (KeyError, ValueError):
            raise KeyError(f"{fileobj!r} is not registered") from None

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Return what is watched, by file object or file descriptor."""
        return _Watched(self, self._keys)

    def close(self) -> None:
        """Close the epoll; nothing is watched any more."""
        self._epoll.close()
        self._keys.clear()
        self._drains.clear()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Relay packets until a watched file object is ready, time is up, or somebody interrupts."""
        self._is_interrupted = False
        poll, drains, note = self._epoll.poll, self._drains, self._coalescer.note
        now = monotonic()
        wait, until = timeout, now + (_FOREVER if timeout is None else timeout)
        pause = self._pause
        ready: list[tuple[selectors.SelectorKey, int]] = []
        while True:
            if pause and now + pause < until:
                sleep(pause)
                events = poll(0, _EVENTS_AT_ONCE)
            else:
                events = poll(wait, _EVENTS_AT_ONCE)
            now = monotonic()
            taken = 0
            for fd, event in events:
                drain = drains.get(fd)
                if drain is None:
                    self._add_ready(fd, event, ready)
                    continue
                try:
                    taken += drain(now)
                except _FAILURES as error:
                    self.failed(error)
            pause = note(taken, now)
            if ready or self._is_interrupted or now >= until:
                self._pause = pause
                return ready
            if timeout is not None:
                wait = until - now

    def _add_ready(
        self, fd: int, event: int, ready: list[tuple[selectors.SelectorKey, int]]
    ) -> None:
        key = self._keys.get(fd)  # none if somebody who was drained just now let go of it
        if key is not None:
            ready.append((key, _events(event) & key.events))


class _Watched(Mapping[Any, selectors.SelectorKey]):
    """What a selector watches; asyncio since Python 3.13 looks file objects up here."""

    def __init__(self, selector: PacketSelector, keys: dict[int, selectors.SelectorKey]) -> None:
        self._selector = selector
        self._keys = keys

    def __getitem__(self, fileobj: Any) -> selectors.SelectorKey:
        return self._selector.get_key(fileobj)

    def __iter__(self) -> Iterator[int]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class RelayEventLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on a `PacketSelector`; Linux alone has what it needs."""

    def __init__(self) -> None:
        self._coalescer = Coalescer()
        self._packets = PacketSelector(self._coalescer)
        super().__init__(self._packets)
        self._packets.failed = self._tell_failure

    def pause_at_most(self, longest: float) -> None:
        """Hold packets up by at most so many seconds to take more of them at once; 0 for not at all."""
        self._coalescer.longest = longest

    def add_drain(self, fd: int, drain: Drain) -> None:
        """Call `drain` whenever a packet socket has something to read."""
        self._packets.add_drain(fd, drain)

    def remove_drain(self, fd: int) -> None:
        """Drain a packet socket no more."""
        self._packets.remove_drain(fd)

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Schedule a callback, as asyncio does; the selector has to return for it."""
        self._packets.interrupt()
        return super().call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Set a timer, as asyncio does; the selector has to look at the clock anew for it."""
        self._packets.interrupt()
        return super().call_at(when, callback, *args, context=context)

    def _tell_failure(self, error: Exception) -> None:
        self.call_exception_handler(
            {"message": "a packet socket's drain failed", "exception": error}
        )


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make the event loop that suits a relay best, for `asyncio.Runner(loop_factory=new_event_loop)`."""
    return RelayEventLoop() if hasattr(select, "epoll") else asyncio.new_event_loop()


def _raise(error: Exception) -> None:
    raise error


def _fd_of(fileobj: Any) -> int:
    fd = fileobj if isinstance(fileobj, int) else int(fileobj.fileno())
    if fd < 0:
        raise ValueError(f"expected an open file, got {fileobj!r}")
    return fd


def _mask(events: int) -> int:
    mask = _EPOLLIN if events & selectors.EVENT_READ else 0
    return mask | (_EPOLLOUT if events & selectors.EVENT_WRITE else 0)


def _events(event: int) -> int:
    """Translate epoll's words; errors and hang-ups wake readers and writers, as in `selectors`."""
    read = selectors.EVENT_READ if event & ~_EPOLLOUT else 0
    return read | (selectors.EVENT_WRITE if event & ~_EPOLLIN else 0)
