"""DTLS with all clients of one listener, without its socket (RFC 7350): datagrams in, frames out.

Rules of this core:

1. A client is nobody until it has sent back the cookie that went to its address (RFC 6347 §4.2.1): until
   then it costs a row in a table of fixed size, and draws less than it sends.
2. A client that begins anew from the same address ends its old session by its cookie, and by nothing less
   (RFC 6347 §4.2.8).
3. What does not decrypt is dropped and counted, whoever has sent it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from OpenSSL import SSL

from relay.admission import Admission
from relay.counters import Counters, DropReason, HangUp
from relay.deadlines import Deadlines
from relay.dtlshello import (
    ClientHello,
    Cookies,
    hello_verify_request,
    is_plain_handshake,
    read_client_hello,
)
from relay.dtlslimits import DtlsLimits
from relay.dtlssession import NOTHING, DtlsSession, Heard, Stage
from relay.fivetuple import Transport
from relay.outputs import ConnectionCut
from relay.ratelimit import SourceBuckets
from stunwire import Address, Kind, classify

_WITH_COOKIE = 1
"""The message number of a ClientHello with a cookie: it is the second one its client sends."""


@dataclass(frozen=True, slots=True)
class SendDatagram:
    """Send this as it is."""

    data: bytes
    client: Address


@dataclass(frozen=True, slots=True)
class TakeFrames:
    """STUN messages and channel data have come from a client, each in a record of its own."""

    frames: list[bytes]
    client: Address


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A client's session is over, as if its connection were closed."""

    client: Address


DtlsOutput: TypeAlias = SendDatagram | TakeFrames | SessionEnded | ConnectionCut


@dataclass(slots=True, eq=False)
class _Association:
    number: int
    client: Address
    random: bytes
    tls: DtlsSession
    is_ready: bool = False


class Dtls:
    """The sessions of one listener.

    Args:
        limits: bounds of their number and time.
        cookie_key: secret of the cookies.
        context: gives what a new session starts with.
        counters: where everything is counted.
        excess: says why an answer to a stranger would be one too many, or counts it and says nothing.
        holds: says whether a client has an allocation, and may be silent.
    """

    def __init__(
        self,
        limits: DtlsLimits,
        *,
        cookie_key: bytes,
        context: Callable[[], SSL.Context],
        counters: Counters,
        excess: Callable[[Address, float], DropReason | None],
        holds: Callable[[Address], bool],
    ) -> None:
        self._limits = limits
        self._cookies = Cookies(cookie_key)
        self._context = context
        self._counters = counters
        self._excess = excess
        self._holds = holds
        self._numbers = count(1)
        self._by_client: dict[Address, _Association] = {}
        self._by_number: dict[int, _Association] = {}
        self._sessions = Admission(limits.sessions, limits.sessions_per_source)
        self._handshakes = Admission(limits.handshakes, limits.handshakes_per_source)
        # as many in the time of a handshake as may be under way: who ends them early begins no more
        self._begun = SourceBuckets(
            rate=limits.handshakes_per_source / limits.handshake,
            burst=limits.handshakes_per_source,
            key=cookie_key,
        )
        self._deadlines = Deadlines()

    def __len__(self) -> int:
        """How many sessions there are, handshakes included."""
        return len(self._by_client)

    def receive_datagram(self, data: bytes, client: Address, now: float) -> list[DtlsOutput]:
        """Take in what came from a client."""
        if not data or classify(data[0]) is not Kind.DTLS:
            return self._drop(DropReason.GARBAGE)
        found = self._by_client.get(client)
        if is_plain_handshake(data):
            hello = read_client_hello(data)
            if hello is not None and (found is None or found.random != hello.random):
                return self._meet(hello, data, client, now)
        if found is None:
            return self._drop(DropReason.NO_SESSION)
        return self._hear(found, data, now)

    def encrypt(self, frame: bytes | memoryview, client: Address) -> bytes | None:
        """Turn a frame for a client into a datagram; None when there is no way to send it.

        RFC 8656 §12.5: channel data is not padded where a record keeps it apart from the next.
        """
        found = self._by_client.get(client)
        return None if found is None else found.tls.encrypt(frame)

    def handle_timer(self, now: float) -> list[DtlsOutput]:
        """Do what has become due."""
        outputs: list[DtlsOutput] = []
        while (number := self._deadlines.pop_due(now)) is not None:
            due = self._by_number[number]
            again = due.tls.handle_timer(now, in_use=self._holds(due.client))
            if due.tls.is_late(now):
                is_open = due.tls.stage is Stage.OPEN
                outputs += self._cut(due, HangUp.IDLE if is_open else HangUp.NO_HANDSHAKE)
            else:
                outputs += (SendDatagram(one, due.client) for one in again)
                self._watch(due)
        return outputs

    def next_deadline(self) -> float | None:
        """When to call `handle_timer`."""
        return self._deadlines.next()

    def end_all(self) -> list[DtlsOutput]:
        """End every session, because the relay closes."""
        ended = (self._end(one) for one in tuple(self._by_client.values()))
        return [output for outputs in ended for output in outputs]

    def _meet(
        self, hello: ClientHello, data: bytes, client: Address, now: float
    ) -> list[DtlsOutput]:
        """Begin with a client that has proven its address, and ask any other to."""
        if self._cookies.prove(hello, client, now):
            if hello.message_sequence != _WITH_COOKIE:
                return self._drop(DropReason.MALFORMED)
            return self._begin(hello, data, client, now)
        excess = self._excess(client, now)
        if excess is not None:
            return self._drop(excess)
        asked = hello_verify_request(hello, self._cookies.make(hello, client, now))
        return [SendDatagram(asked, client)]

    def _begin(
        self, hello: ClientHello, data: bytes, client: Address, now: float
    ) -> list[DtlsOutput]:
        older = self._by_client.get(client)
        outputs = [] if older is None else self._end(older)
        refused = self._enter(client, now)
        if refused is not None:
            self._counters.hang_ups[refused.why] += 1
            return [*outputs, refused]
        new = _Association(
            next(self._numbers),
            client,
            hello.random,
            DtlsSession(self._context(), self._limits, now),
        )
        self._by_client[client] = self._by_number[new.number] = new
        self._counters.connections += 1
        heard = new.tls.begin(data, now)
        if heard is None:
            return outputs + self._end(new) + self._drop(DropReason.MALFORMED)
        return outputs + self._follow(new, heard)

    def _hear(self, found: _Association, data: bytes, now: float) -> list[DtlsOutput]:
        heard = found.tls.receive_datagram(data, now)
        if found.is_ready and heard == NOTHING:
            return self._drop(DropReason.NOT_DECRYPTED)
        return self._follow(found, heard)

    def _follow(self, found: _Association, heard: Heard) -> list[DtlsOutput]:
        """Do what a datagram led to."""
        client = found.client
        outputs: list[DtlsOutput] = [SendDatagram(one, client) for one in heard.replies]
        if heard.frames:
            outputs.append(TakeFrames(heard.frames, client))
        if found.tls.stage is not Stage.HANDSHAKE and not found.is_ready:
            found.is_ready = True
            self._handshakes.release(client.host)
        if heard.problem is not None:
            return outputs + self._cut(found, HangUp.NOT_TLS, heard.problem)
        if heard.ended:
            return outputs + self._end(found)
        self._watch(found)
        return outputs

    def _watch(self, found: _Association) -> None:
        self._deadlines.bring_forward(found.number, found.tls.next_deadline())

    def _cut(self, found: _Association, why: HangUp, detail: str = "") -> list[DtlsOutput]:
        """End a session that the client has not ended."""
        self._counters.hang_ups[why] += 1
        return [*self._end(found), ConnectionCut(found.client, Transport.DTLS, why, detail)]

    def _end(self, found: _Association) -> list[DtlsOutput]:
        client = found.client
        last = found.tls.end()
        del self._by_client[client], self._by_number[found.number]
        self._deadlines.forget(found.number)
        self._counters.connections -= 1
        self._sessions.release(client.host)
        if not found.is_ready:
            self._handshakes.release(client.host)
        return [*(SendDatagram(one, client) for one in last), SessionEnded(client)]

    def _enter(self, client: Address, now: float) -> ConnectionCut | None:
        """Count a new session, or say why there is no room for it."""
        if not self._begun.take(client.host, now):
            why = HangUp.TOO_MANY_OF_SOURCE
            return ConnectionCut(client, Transport.DTLS, why, "handshakes")
        refused, of = self._sessions.admit(client.host), "sessions"
        if refused is None:
            refused, of = self._handshakes.admit(client.host), "handshakes"
            if refused is not None:
                self._sessions.release(client.host)
        return None if refused is None else ConnectionCut(client, Transport.DTLS, refused, of)

    def _drop(self, reason: DropReason) -> list[DtlsOutput]:
        self._counters.drops[reason] += 1
        return []
