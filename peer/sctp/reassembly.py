"""Fragments of one stream become messages, in order or as they come (RFC 9260 §6.6, §6.9)."""

from typing import NamedTuple

from peer.sctp.chunks import FIRST, LAST, UNORDERED, Data
from peer.sctp.serial import unwrap_ssn

#: What keeping a fragment costs beyond its bytes: a flood of tiny ones fills the window too.
OVERHEAD = 48


class Message(NamedTuple):
    """A whole message and what it takes of the receive window."""

    ppid: int
    data: bytes
    cost: int


class _Run:
    """Fragments with consecutive TSNs that belong to one message."""

    __slots__ = ("begins", "ends", "first", "last", "ordered", "parts", "ppid", "size", "ssn")

    def __init__(self, tsn: int, chunk: Data) -> None:
        self.first = self.last = tsn
        self.begins = bool(chunk.flags & FIRST)
        self.ends = bool(chunk.flags & LAST)
        self.ordered = not chunk.flags & UNORDERED
        self.ssn = chunk.ssn
        self.ppid = chunk.ppid
        self.parts = [chunk.data]
        self.size = len(chunk.data)

    @property
    def cost(self) -> int:
        return self.size + OVERHEAD * len(self.parts)

    def join(self, follower: "_Run") -> None:
        """Take in the run that begins where this one ends."""
        self.last = follower.last
        self.ends = follower.ends
        self.parts += follower.parts
        self.size += follower.size


class InboundStream:
    """One incoming stream.

    Args:
        limit: The largest message, in bytes.
    """

    __slots__ = ("_limit", "_next_ssn", "_open_ends", "_open_starts", "_ready", "_refused")

    def __init__(self, limit: int) -> None:
        self._refused = False
        self._limit = limit
        self._next_ssn = 0
        self._ready: dict[int, Message] = {}
        self._open_starts: dict[int, _Run] = {}  # runs without their first fragment, by first TSN
        self._open_ends: dict[int, _Run] = {}  # runs without their last fragment, by last TSN

    def is_refused(self) -> bool:
        """Whether nothing more of it is taken: a message was larger than `limit`."""
        return self._refused

    def add(self, tsn: int, chunk: Data) -> list[Message]:
        """Take in a fragment that has not come before; the messages that can be delivered now.

        When it is refused then, `clear` says what the refused ones took of the window.
        """
        run = _Run(tsn, chunk)
        if not run.begins and (leader := self._open_ends.pop(tsn - 1, None)) is not None:
            leader.join(run)
            run = leader
        if not run.ends and (follower := self._open_starts.pop(tsn + 1, None)) is not None:
            run.join(follower)
        if run.size > self._limit:
            self._refused = True
            self._open_ends[run.last] = run  # for `clear` to find
            return []
        if run.begins and run.ends:
            return self._complete(run)
        if not run.begins:
            self._open_starts[run.first] = run
        if not run.ends:
            self._open_ends[run.last] = run
        return []

    def forward(self, tsn: int) -> int:
        """Drop what can never be completed, as everything up to `tsn` counts as received.

        Returns:
            What it took of the window.
        """
        runs = {run.first: run for run in (*self._open_starts.values(), *self._open_ends.values())}
        freed = 0
        for run in runs.values():
            headless = not run.begins and run.first <= tsn
            tailless = not run.ends and run.last < tsn
            if headless or tailless:
                freed += self._drop(run)
        return freed

    def skip(self, ssn: int) -> tuple[list[Message], int]:
        """The remote has given up the ordered message `ssn` (RFC 3758 §3.6).

        Returns:
            The messages that can be delivered now, and what was dropped of the window.
        """
        last = unwrap_ssn(ssn, self._next_ssn)
        freed = 0
        for run in list(self._open_ends.values()):
            if run.ordered and run.begins and unwrap_ssn(run.ssn, self._next_ssn) <= last:
                freed += self._drop(run)
        messages: list[Message] = []
        while self._next_ssn <= last:
            if (message := self._ready.pop(self._next_ssn, None)) is not None:
                messages.append(message)
            self._next_ssn += 1
        return messages + self._deliverable(), freed

    def clear(self) -> int:
        """Forget everything that waits; what it took of the window."""
        freed = sum(message.cost for message in self._ready.values())
        for run in {**self._open_starts, **self._open_ends}.values():
            freed += self._drop(run)
        self._ready.clear()
        return freed

    def _complete(self, run: _Run) -> list[Message]:
        data = run.parts[0] if len(run.parts) == 1 else b"".join(run.parts)
        message = Message(run.ppid, data, run.cost)
        if not run.ordered:
            return [message]
        ssn = unwrap_ssn(run.ssn, self._next_ssn)
        if ssn < self._next_ssn:
            return [message]  # the remote counts in its own way, and what is not kept is not lost
        if ssn == self._next_ssn and not self._ready:
            self._next_ssn += 1
            return [message]
        self._ready[ssn] = message
        return self._deliverable()

    def _deliverable(self) -> list[Message]:
        messages = []
        while (message := self._ready.pop(self._next_ssn, None)) is not None:
            messages.append(message)
            self._next_ssn += 1
        return messages

    def _drop(self, run: _Run) -> int:
        """Forget a run, once, though two tables may know it."""
        known = self._open_starts.pop(run.first, None) is run
        known = (self._open_ends.pop(run.last, None) is run) or known
        return run.cost if known else 0
