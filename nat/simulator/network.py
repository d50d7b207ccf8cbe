"""What all places of a world share: the clock, the agenda, the trace, the seed and the names."""

import random
from collections.abc import Callable
from typing import Any

from nat.packets import Packet
from nat.simulator.clock import Agenda, Clock
from nat.simulator.errors import WorldError
from nat.simulator.randomness import stream
from nat.trace import DEFAULT_LIMIT, Trace

Receiver = Callable[[Packet, int], None]
"""Takes a packet and its number."""


class Network:
    """What all places of a world share.

    Attributes:
        seed: decides every random choice.
        clock: the time.
        agenda: what will happen.
        trace: what has happened.
        start_spread: seconds within which hosts start what they are told to start.
    """

    def __init__(self, seed: int, trace_limit: int | None = DEFAULT_LIMIT) -> None:
        self.seed = seed
        self.clock = Clock()
        self.agenda = Agenda()
        self.trace = Trace(self.clock, trace_limit)
        self.start_spread = 0.0
        self._names: set[str] = set()
        self._streams: dict[tuple[str, ...], random.Random] = {}
        self._remembered: dict[int, dict[str, Any]] = {}

    def claim_name(self, name: str) -> None:
        """Take a name for a place; the trace and the random streams know it by that name.

        Raises:
            WorldError: the name is empty or taken.
        """
        if not name or name in self._names:
            raise WorldError(f"a place needs a name that no other has, got {name!r}")
        self._names.add(name)

    def stream(self, *purpose: str) -> random.Random:
        """The random stream for a purpose, always the same one."""
        if purpose not in self._streams:
            self._streams[purpose] = stream(self.seed, *purpose)
        return self._streams[purpose]

    # ways that were worked out and hold until something changes

    def remember(self, ways: dict[str, Any]) -> None:
        """Note a table that gets a way: it is emptied when anything changes."""
        self._remembered[id(ways)] = ways

    def forget(self, ways: dict[str, Any]) -> None:
        """A table is empty and no longer used, such as that of a socket that was closed."""
        ways.clear()
        self._remembered.pop(id(ways), None)

    def change_ways(self) -> None:
        """Something about links or places is about to change, or has just changed.

        Ways are worked out anew, and packets under way go on from where they are now.
        """
        for ways in self._remembered.values():
            ways.clear()
        self._remembered.clear()
        self.agenda.revise(self.clock.now_ns)
