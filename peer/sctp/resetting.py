"""Streams are reset when their channel closes: requests and answers (RFC 6525 §5, RFC 8831 §6.7)."""

import struct
from collections.abc import Callable
from typing import Any, ClassVar

from peer.sctp.chunks import (
    ADD_STREAMS,
    INCOMING_RESET,
    OUTGOING_RESET,
    RECONFIG,
    RESET_RESPONSE,
    Parameter,
    encode_chunk,
    encode_parameters,
)
from peer.sctp.events import Event, StreamsReset
from peer.sctp.receiving import Receiver
from peer.sctp.sending import Sender
from peer.sctp.serial import unwrap_tsn, wrap_tsn

_HEAD = struct.Struct("!LLL")
_RESPONSE = struct.Struct("!LL")
_NOTHING_TO_DO, _PERFORMED, _DENIED, _BAD_SEQUENCE, _IN_PROGRESS = 0, 1, 2, 5, 6
_MAX_STREAMS = 128
_PATIENCE = 10


class Resets:
    """The requests of both sides.

    Args:
        initial_tsn: Our first TSN, from which our requests count (RFC 6525 §4.1).
        sender: Whose streams we reset.
        receiver: Whose streams the remote resets.
    """

    def __init__(self, initial_tsn: int, sender: Sender, receiver: Receiver) -> None:
        self._sender = sender
        self._receiver = receiver
        self._wanted: list[int] = []
        self._sequence = initial_tsn
        self._request: tuple[int, tuple[int, ...], bytes] | None = None
        self._tries = 0
        self._remote_sequence = 0
        self._remote_last: tuple[int, int] | None = None  # sequence and result last answered
        self._deferred: tuple[int, int, tuple[int, ...]] | None = None
        self._outgoing: list[bytes] = []
        #: When the request is sent again.
        self.deadline: float | None = None

    def begin(self, remote_initial_tsn: int) -> None:
        """The remote's requests count from here."""
        self._remote_sequence = remote_initial_tsn

    def want(self, stream: int) -> None:
        """Reset a stream of ours once all its messages are sent."""
        self._wanted.append(stream)

    def take_chunks(self, now: float) -> list[bytes]:
        """The RE-CONFIG chunks that are to go out."""
        self._begin_request(now)
        chunks, self._outgoing = self._outgoing, []
        return chunks

    def handle_timer(self, now: float, events: list[Event]) -> None:
        """Ask again."""
        if self.deadline is None or now < self.deadline or self._request is None:
            return
        self._tries += 1
        if self._tries > _PATIENCE:
            self._answered(_DENIED, events)
            return
        self._outgoing.append(self._request[2])
        self.deadline = now + self._sender.rto.seconds * min(8, 2**self._tries)

    def receive(self, parameters: tuple[Parameter, ...], now: float, events: list[Event]) -> None:
        """Take in the parameters of a RE-CONFIG chunk."""
        for kind, value in parameters:
            handler = self._HANDLERS.get(kind)
            if handler is not None:
                handler(self, value, now, events)

    def performed(self) -> list[Event]:
        """The remote has shown that it did what we asked for, though its answer is lost."""
        events: list[Event] = []
        if self._request is not None:
            self._answered(_PERFORMED, events)
        return events

    def cumulative_moved(self, events: list[Event]) -> None:
        """More has come: a reset that waited for it may be due (RFC 6525 §5.2.2 E2)."""
        if self._deferred is None:
            return
        sequence, last_tsn, streams = self._deferred
        if self._receiver.cumulative >= last_tsn:
            self._deferred = None
            self._receiver.reset(streams)
            self._answer(sequence, _PERFORMED)
            events.append(StreamsReset(streams, incoming=True))

    def _begin_request(self, now: float) -> None:
        if self._request is not None or not self._wanted:
            return
        ready = tuple(s for s in self._wanted if not self._sender.waits(s))[:_MAX_STREAMS]
        if not ready:
            return
        self._wanted = [stream for stream in self._wanted if stream not in ready]
        answered = self._remote_sequence - 1
        value = _HEAD.pack(
            wrap_tsn(self._sequence), wrap_tsn(answered), wrap_tsn(self._sender.last_tsn)
        ) + struct.pack(f"!{len(ready)}H", *ready)
        chunk = encode_chunk(RECONFIG, encode_parameters([Parameter(OUTGOING_RESET, value)]))
        self._request = (self._sequence, ready, chunk)
        self._sequence += 1
        self._tries = 0
        self._outgoing.append(chunk)
        self.deadline = now + self._sender.rto.seconds

    def _take_outgoing_reset(self, value: bytes, _: float, events: list[Event]) -> None:
        """The remote resets its outgoing streams (RFC 6525 §5.2.2)."""
        if len(value) < _HEAD.size:
            return
        raw_sequence, _answered, raw_tsn = _HEAD.unpack_from(value)
        count = (len(value) - _HEAD.size) // 2
        streams = struct.unpack_from(f"!{count}H", value, _HEAD.size)
        sequence = unwrap_tsn(raw_sequence, self._remote_sequence)
        if not self._is_next(sequence):
            return
        last_tsn = unwrap_tsn(raw_tsn, self._receiver.cumulative)
        self._deferred = (sequence, last_tsn, streams)
        self.cumulative_moved(events)
        if self._deferred is not None:
            self._respond(sequence, _IN_PROGRESS)

    def _take_response(self, value: bytes, now: float, events: list[Event]) -> None:
        """The remote answers (RFC 6525 §5.2.7)."""
        if self._request is None or len(value) < _RESPONSE.size:
            return
        sequence, result = _RESPONSE.unpack_from(value)
        if sequence != wrap_tsn(self._request[0]):
            return
        if result == _IN_PROGRESS:
            self._tries = 0
            self.deadline = now + self._sender.rto.seconds
            return
        self._answered(result, events)

    def _refuse(self, value: bytes, _: float, __: list[Event]) -> None:
        """Requests that data channels have no use for are denied."""
        if len(value) >= 4:
            sequence = unwrap_tsn(int.from_bytes(value[:4], "big"), self._remote_sequence)
            if self._is_next(sequence):
                self._answer(sequence, _DENIED)

    _HANDLERS: ClassVar[dict[int, Callable[[Any, bytes, float, list[Event]], None]]] = {
        OUTGOING_RESET: _take_outgoing_reset,
        INCOMING_RESET: _refuse,
        ADD_STREAMS: _refuse,
        RESET_RESPONSE: _take_response,
    }

    def _answered(self, result: int, events: list[Event]) -> None:
        assert self._request is not None
        streams = self._request[1]
        self._request = None
        self.deadline = None
        refused = result not in {_NOTHING_TO_DO, _PERFORMED}
        if not refused:
            for stream in streams:
                self._sender.reset(stream)
        events.append(StreamsReset(streams, incoming=False, refused=refused))

    def _is_next(self, sequence: int) -> bool:
        """Whether a request is the one that is due; an old one is answered again (§5.2.1)."""
        if sequence == self._remote_sequence:
            return True
        if self._deferred is not None and self._deferred[0] == sequence:
            self._respond(sequence, _IN_PROGRESS)
        elif self._remote_last is not None and self._remote_last[0] == sequence:
            self._respond(*self._remote_last)
        else:
            self._respond(sequence, _BAD_SEQUENCE)
        return False

    def _answer(self, sequence: int, result: int) -> None:
        """Answer for good: the next request has the next number."""
        self._remote_sequence = sequence + 1
        self._remote_last = (sequence, result)
        self._respond(sequence, result)

    def _respond(self, sequence: int, result: int) -> None:
        value = _RESPONSE.pack(wrap_tsn(sequence), result)
        parameters = [Parameter(RESET_RESPONSE, value)]
        self._outgoing.append(encode_chunk(RECONFIG, encode_parameters(parameters)))
