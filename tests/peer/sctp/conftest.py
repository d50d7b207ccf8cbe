"""Two associations and a wire of our own between them, in a time that only moves."""

import heapq
import random
from collections.abc import Callable
from typing import Any

import pytest

from peer.sctp import Association, Event, MessageReceived, Reliability
from peer.sctp.association import State

WINDOW = 1 << 20
LIMIT = 1 << 18
BINARY = 53


def make_association(seed: int, window: int = WINDOW, limit: int = LIMIT) -> Association:
    random_bytes = random.Random(seed).randbytes(24)
    return Association(5000, 5000, random_bytes, window=window, max_message_size=limit)


class Wire:
    """Delivers packets after `delay`, and as `fate` says: how often, and how much later."""

    def __init__(
        self,
        *,
        delay: float = 0.025,
        fate: Callable[[int, bytes], list[float]] | None = None,
        first: int = 1,
        **settings: Any,
    ) -> None:
        self.now = 0.0
        self.delay = delay
        self.fate = fate or (lambda _, __: [0.0])
        self.ends = [make_association(first, **settings), make_association(2, **settings)]
        self.events: list[list[Event]] = [[], []]
        self.packets: list[tuple[int, bytes]] = []
        self.reads = [True, True]
        self._under_way: list[tuple[float, int, int, bytes]] = []
        self._number = 0

    def connect(self) -> "Wire":
        for end in self.ends:
            end.start(self.now)
        self.run(until=lambda: all(end.state is State.ESTABLISHED for end in self.ends))
        return self

    def send(self, side: int, stream: int, data: bytes, **how: Any) -> None:
        self.ends[side].send(stream, BINARY, data, self.now, Reliability(**how))

    def messages(self, side: int, stream: int | None = None) -> list[bytes]:
        return [
            event.data
            for event in self.events[side]
            if isinstance(event, MessageReceived) and stream in {None, event.stream}
        ]

    def run(
        self,
        *,
        until: Callable[[], bool] | None = None,
        seconds: float = 600.0,
        each: Callable[[], None] | None = None,
    ) -> None:
        """Let time pass until it is so, or nothing is left to do, or the time is over."""
        end = self.now + seconds
        while True:
            self._transmit()
            if each is not None:
                each()
                self._transmit()
            if until is not None and until():
                return
            at = self._next()
            if at is None or at > end:
                assert until is None, f"it did not come about by {self.now:.3f} s"
                self.now = end
                return
            self.now = max(self.now, at)
            self._step()

    def _next(self) -> float | None:
        times = [at for at in (end.next_deadline() for end in self.ends) if at is not None]
        if self._under_way:
            times.append(self._under_way[0][0])
        return min(times, default=None)

    def _step(self) -> None:
        while self._under_way and self._under_way[0][0] <= self.now:
            _, _, side, packet = heapq.heappop(self._under_way)
            self._happened(side, self.ends[side].receive(packet, self.now))
        for side, end in enumerate(self.ends):
            at = end.next_deadline()
            if at is not None and at <= self.now:
                self._happened(side, end.handle_timer(self.now))

    def _happened(self, side: int, events: list[Event]) -> None:
        self.events[side] += events
        for event in events:
            if isinstance(event, MessageReceived) and self.reads[side]:
                self.ends[side].receiver.consumed(event.cost)

    def _transmit(self) -> None:
        for side, end in enumerate(self.ends):
            for packet in end.transmit(self.now):
                assert len(packet) <= 1188
                self.packets.append((side, packet))
                self._number += 1
                for later in self.fate(side, packet):
                    at = self.now + self.delay + later
                    heapq.heappush(self._under_way, (at, self._number, 1 - side, packet))


def losing(seed: int, loss: float, jitter: float = 0.0, twice: float = 0.0) -> Any:
    """A fate that loses, delays and doubles."""
    chance = random.Random(seed)

    def fate(_: int, __: bytes) -> list[float]:
        copies = 0 if chance.random() < loss else 2 if chance.random() < twice else 1
        return [chance.random() * jitter for _ in range(copies)]

    return fate


@pytest.fixture
def make_wire() -> type[Wire]:
    return Wire


@pytest.fixture
def make_losing() -> Any:
    return losing
