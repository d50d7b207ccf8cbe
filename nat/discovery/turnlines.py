"""A line to a TURN server, over which a request goes and an answer comes: UDP, or a stream.

Over UDP a request is sent again until it is answered (RFC 8489 §6.2.1); over a stream TCP does that.
"""

import asyncio
import contextlib
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from nat.discovery.network import StreamEndpoint, UdpEndpoint, UndeliveredError
from nat.discovery.question import STEADY, Schedule
from stunwire import (
    Address,
    Class,
    DecodeError,
    Message,
    StreamCutter,
    StreamError,
    decode,
)

MOST_STRAYS: Final = 64
"""Messages that are passed over while an answer is awaited."""
BELIEVED: Final = 2
"""ICMP errors until they are believed: one may be chance, or forged."""
_ASYNCIO: Final = "Connect call failed"
"""What asyncio says instead of what the system does."""


class BrokenLineError(Exception):
    """Nothing more can be heard over this line; the message says why."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer.

    Attributes:
        message: what came.
        at: when.
        round_trip: seconds between request and answer, or None where the request was sent several
            times, since nobody knows which of them was answered.
    """

    message: Message
    at: float
    round_trip: float | None


class TurnLine(Protocol):
    """What a dialogue needs of a line."""

    async def exchange(self, request: bytes, transaction_id: bytes) -> Heard | None:
        """Send a request and wait for its answer; None where none comes.

        Raises:
            BrokenLineError: the line cannot be used, or not any more.
        """

    async def close(self) -> None:
        """Let go of it."""


class UdpTurnLine:
    """A line over UDP.

    Args:
        endpoint: the socket; it is closed with the line.
        server: to whom to send, and from whom alone an answer is taken.
        now: the clock.
        schedule: when a request is sent again.
    """

    def __init__(
        self,
        endpoint: UdpEndpoint,
        server: Address,
        now: Callable[[], float],
        schedule: Schedule = STEADY,
    ) -> None:
        self._endpoint = endpoint
        self._server = server
        self._now = now
        self._schedule = schedule
        self._refused = 0

    async def exchange(self, request: bytes, transaction_id: bytes) -> Heard | None:
        """Send a request, again and again, until its answer comes."""
        began = self._now()
        ends = [began + offset for offset in self._schedule.offsets[1:]]
        last = began + self._schedule.offsets[-1] + self._schedule.patience
        for count, end in enumerate([*ends, last]):
            sent = self._now()
            self._send(request)
            message = await self._answer(transaction_id, end)
            if message is not None:
                at = self._now()
                return Heard(message, at, None if count else at - sent)
        return None

    async def close(self) -> None:
        """Give the port back."""
        self._endpoint.close()

    def _send(self, request: bytes) -> None:
        try:
            self._endpoint.send(request, self._server)
        except OSError as error:
            raise BrokenLineError(words_of(error)) from None

    async def _answer(self, transaction_id: bytes, end: float) -> Message | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(end - self._now()):
                for _ in range(MOST_STRAYS):
                    message = await self._next()
                    if _answers(message, transaction_id):
                        return message
        return None

    async def _next(self) -> Message | None:
        try:
            data, source, _ = await self._endpoint.receive()
        except UndeliveredError as error:
            self._refused += 1
            if self._refused >= BELIEVED:
                raise BrokenLineError(words_of(error)) from None
            return None
        except OSError as error:
            raise BrokenLineError(words_of(error)) from None
        return _decoded(data) if source == self._server else None


class StreamTurnLine:
    """A line over TCP, or over TLS.

    Args:
        endpoint: the connection; it is closed with the line.
        now: the clock.
        patience: seconds until an answer is given up.
    """

    def __init__(self, endpoint: StreamEndpoint, now: Callable[[], float], patience: float) -> None:
        self._endpoint = endpoint
        self._now = now
        self._patience = patience
        self._cutter = StreamCutter()
        self._frames: list[bytes] = []

    async def exchange(self, request: bytes, transaction_id: bytes) -> Heard | None:
        """Send a request once."""
        began = self._now()
        try:
            async with asyncio.timeout(self._patience):
                await self._endpoint.send(request)
                for _ in range(MOST_STRAYS):
                    message = _decoded(await self._frame())
                    if message is not None and _answers(message, transaction_id):
                        at = self._now()
                        return Heard(message, at, at - began)
        except TimeoutError:
            return None
        except StreamError:
            raise BrokenLineError("what comes over the connection is no STUN") from None
        except OSError as error:
            raise BrokenLineError(words_of(error)) from None
        return None

    async def close(self) -> None:
        """End the connection."""
        await self._endpoint.close()

    async def _frame(self) -> bytes:
        while not self._frames:
            data = await self._endpoint.receive()
            if not data:
                raise BrokenLineError("the server closed the connection")
            self._frames.extend(self._cutter.feed(data))
        return self._frames.pop(0)


def _answers(message: Message | None, transaction_id: bytes) -> bool:
    return (
        message is not None
        and message.cls in {Class.SUCCESS, Class.ERROR}
        and message.transaction_id == transaction_id
    )


def _decoded(data: bytes) -> Message | None:
    try:
        return decode(data)
    except DecodeError:
        return None


def words_of(error: OSError) -> str:
    """What went wrong, in the system's words."""
    words = error.strerror or str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"certificate verify failed: {error.verify_message}"
    elif words.startswith(_ASYNCIO) and error.errno:
        words = os.strerror(error.errno)
    return words.lower()
