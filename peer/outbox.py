"""What a session has to say through signaling, sent in order, and its answers to what is no use."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

import signaling
from peer import signals
from peer.errors import RemoteError

logger = logging.getLogger(__name__)

#: Answers in one session to signals of no use; whoever sends more of them is answered no longer.
MAX_ANSWERS = 32
_BUSY = "in a session with another member"


@dataclass(frozen=True, slots=True)
class _Outgoing:
    to: str
    kind: signaling.SignalKind
    data: object
    attempt: str | None


class Outbox:
    """The signals that wait to be sent. What one gathering finds, and `MAX_ANSWERS`, bound them.

    Args:
        client: A connected signaling client.
        room: The room that sender and receivers are in.
    """

    def __init__(self, client: signaling.Client, room: str) -> None:
        self._client = client
        self._room = room
        self._answers = 0
        self._queue: asyncio.Queue[_Outgoing] = asyncio.Queue()

    async def run(self) -> None:
        """Send what is put in, for ever.

        Raises:
            signaling.SignalingError: It cannot be sent.
        """
        while True:
            out = await self._queue.get()
            data = signals.encode(out.data)
            await self._client.signal(self._room, out.to, out.kind, data, pc=out.attempt)

    def put(self, to: str, kind: signaling.SignalKind, data: object, attempt: str | None) -> None:
        """Send a signal that belongs to an attempt, after those put in before."""
        self._queue.put_nowait(_Outgoing(to, kind, data, attempt))

    def complain(self, event: signaling.SignalReceived, error: RemoteError) -> None:
        """Tell the sender why its signal cannot be used."""
        complaint = signals.Complaint(f"bad_{event.kind.value}", str(error))
        self._answer(event, signaling.SignalKind.CUSTOM, signals.Custom(complaint), str(error))

    def refuse(self, event: signaling.SignalReceived) -> None:
        """Spare a third member, if it offers, the wait: a session is with one other member."""
        if event.kind is signaling.SignalKind.OFFER:
            self._answer(event, signaling.SignalKind.BYE, signals.Goodbye(_BUSY), _BUSY)

    def _answer(
        self, event: signaling.SignalReceived, kind: signaling.SignalKind, data: Any, why: str
    ) -> None:
        if self._answers < MAX_ANSWERS:
            self._answers += 1
            logger.warning(
                "session in %r: %s from %r: %s", self._room, event.kind.value, event.sender, why
            )
            self.put(event.sender, kind, data, event.pc)
