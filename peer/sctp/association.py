"""One SCTP association: the handshake, and who takes which chunk (RFC 9260 §4, §5)."""

import enum
from collections.abc import Callable
from typing import Any, ClassVar

from peer.sctp import chunks as wire
from peer.sctp.chunks import (
    COMMON_HEADER,
    MAX_PACKET,
    Chunk,
    Data,
    DecodeError,
    ForwardTsn,
    Init,
    Other,
    Parameter,
    Reconfig,
    Sack,
)
from peer.sctp.events import Ended, Established, Event
from peer.sctp.receiving import Receiver
from peer.sctp.resetting import Resets
from peer.sctp.sending import RELIABLE, Reliability, Sender
from peer.sctp.serial import wrap_tsn

#: RFC 8831 §6.2 asks for all of them.
STREAMS = 65535
_MAX_TRIES = 8  # RFC 9260 §16, Max.Init.Retransmits
_EXTENSIONS = (
    Parameter(wire.SUPPORTED_EXTENSIONS, bytes((wire.RECONFIG, wire.FORWARD_TSN))),
    Parameter(wire.FORWARD_TSN_SUPPORTED, b""),
)


class State(enum.Enum):
    """Where the association is (RFC 9260 §4). Data channels never shut one down: they abort it."""

    NEW = "new"
    COOKIE_WAIT = "cookie-wait"
    COOKIE_ECHOED = "cookie-echoed"
    ESTABLISHED = "established"
    CLOSED = "closed"


class Association:
    """One association, under DTLS: the remote is known, so the state cookie proves nothing more.

    Args:
        port: Our SCTP port.
        remote_port: The remote's.
        seed: 24 random bytes: verification tag, first TSN, cookie.
        window: How many bytes are held at most that the application has not had yet.
        max_message_size: The largest message taken, at most a quarter of the window.
    """

    def __init__(
        self, port: int, remote_port: int, seed: bytes, *, window: int, max_message_size: int
    ) -> None:
        assert max_message_size <= window // 4, "a message on its way would close the window"
        self._ports = (port, remote_port)
        self._tag = int.from_bytes(seed[:4], "big") or 1
        self._initial_tsn = int.from_bytes(seed[4:8], "big")
        self._cookie = seed[8:24]
        self._window = window
        self._remote_tag = 0
        self._remote_begun = False
        self._outgoing: list[bytes] = []
        self._handshake: bytes | None = None
        self._handshake_tries = 0
        self._handshake_deadline: float | None = None
        self._heard = 0
        self._told = False
        self.state = State.NEW
        self.streams = STREAMS
        self.sender = Sender(self._initial_tsn)
        self.receiver = Receiver(window, max_message_size)
        self.resets = Resets(self._initial_tsn, self.sender, self.receiver)

    @property
    def is_over(self) -> bool:
        """Whether nothing is sent or received any more."""
        return self.state is State.CLOSED

    def start(self, now: float) -> None:
        """Begin: both sides do, and need not agree on who does (RFC 8841 §9.3)."""
        assert self.state is State.NEW
        self.state = State.COOKIE_WAIT
        self._say(wire.encode_init(self._init()), now)

    def send(
        self,
        stream: int,
        ppid: int,
        data: bytes,
        now: float,
        reliability: Reliability = RELIABLE,
    ) -> None:
        """Queue a message; it leaves with the next packets."""
        assert data, "an empty message has no place in SCTP (RFC 8831 §6.6)"
        self.sender.put(stream, ppid, data, reliability, now)

    def abort(self) -> bytes:
        """The packet that ends the association at once; empty if there is none."""
        begun = self._remote_begun and self.state is not State.CLOSED
        self._close()
        return self._packet([wire.encode_chunk(wire.ABORT)]) if begun else b""

    def receive(self, packet: bytes, now: float) -> list[Event]:
        """Take in a packet.

        Raises:
            DecodeError: It is none of ours; nothing has happened.
        """
        if self.state in {State.NEW, State.CLOSED}:
            return []
        tag, received = wire.decode(packet)
        events: list[Event] = []
        if not self._is_tagged(tag, received):
            raise DecodeError(f"the verification tag {tag:#x} is not ours")
        for chunk in received:
            self._TAKERS[type(chunk)](self, chunk, now, events)
            if self.is_over:
                return events
        self.receiver.packet_ended(now)
        self.resets.cumulative_moved(events)
        return events

    def handle_timer(self, now: float) -> list[Event]:
        """Do what is due."""
        events: list[Event] = []
        if self._handshake_deadline is not None and now >= self._handshake_deadline:
            self._repeat_handshake(now, events)
        if self.receiver.deadline is not None and now >= self.receiver.deadline:
            self.receiver.urgent = True
        self.sender.handle_timer(now)
        self.resets.handle_timer(now, events)
        return events

    def next_deadline(self) -> float | None:
        """When `handle_timer` is to be called."""
        if self.state is State.CLOSED:
            return None
        deadlines = (
            self._handshake_deadline,
            self.receiver.deadline,
            self.sender.deadline,
            self.resets.deadline,
        )
        return min((at for at in deadlines if at is not None), default=None)

    def transmit(self, now: float) -> list[bytes]:
        """The packets that are to go out now."""
        riding = self._riding(now)
        packets = [self._packet([chunk]) for chunk in self._outgoing]
        self._outgoing = []
        if riding:
            packets.append(self._packet(riding))
        if self.state is not State.ESTABLISHED:
            return packets
        head: list[bytes] = []
        if self.sender.forward_due:
            head.append(self.sender.forward_tsn(now))
        limit = self.sender.begin_round()
        while True:
            if self.receiver.urgent:
                head.append(self.receiver.acknowledgement())
            room = MAX_PACKET - COMMON_HEADER - sum(map(len, head))
            data = self.sender.fill(room, limit, now)
            if data and self.receiver.pending:
                head.append(self.receiver.acknowledgement())  # while a packet goes there anyway
                packets.extend(self._bundle(head, data))
            elif head or data:
                packets.append(self._packet(head + data))
            else:
                break
            head = []
        packets.extend(self._packet([chunk]) for chunk in self.resets.take_chunks(now))
        return packets

    def _riding(self, now: float) -> list[bytes]:
        """The cookie with what data fits behind it, in the one packet that may leave before the
        remote has taken the cookie (RFC 9260 §5.1): a round trip less until a channel is open.
        """
        cookie = self._handshake
        if self.state is not State.COOKIE_ECHOED or self._handshake_tries or cookie is None:
            return []
        if self._outgoing[-1:] != [cookie]:
            return []
        self._outgoing.pop()
        room = MAX_PACKET - COMMON_HEADER - len(cookie)
        return [cookie, *self.sender.fill(room, self.sender.begin_round(), now)]

    def retry(self, now: float) -> None:
        """The path has changed: what is under way is sent again, without waiting for a timer."""
        if self._handshake_deadline is not None:
            self._handshake_deadline = now
        self.sender.retry(now)

    # Chunks

    def _take_data(self, chunk: Data, _: float, events: list[Event]) -> None:
        self._confirmed(events)
        if self.state is State.ESTABLISHED:
            self.receiver.receive_data(chunk, events)

    def _take_sack(self, chunk: Sack, now: float, events: list[Event]) -> None:
        self._confirmed(events)
        if self.state is State.ESTABLISHED:
            self.sender.receive_sack(chunk, now)

    def _take_forward_tsn(self, chunk: ForwardTsn, _: float, events: list[Event]) -> None:
        if self.state is State.ESTABLISHED:
            self.receiver.receive_forward_tsn(chunk, events)

    def _take_reconfig(self, chunk: Reconfig, now: float, events: list[Event]) -> None:
        if self.state is State.ESTABLISHED:
            self.resets.receive(chunk.parameters, now, events)

    def _take_init(self, chunk: Init, now: float, events: list[Event]) -> None:
        if chunk.tag == 0 or (self._remote_begun and chunk.tag != self._remote_tag):
            return  # RFC 9260 §3.3.2; and under DTLS nobody begins anew
        self._learn(chunk)
        if not chunk.acknowledges:
            # Also when the inits have crossed (RFC 9260 §5.2.1): same tag, same TSN.
            cookie = Parameter(wire.STATE_COOKIE, self._cookie)
            answer = self._init(acknowledges=True)
            answer = answer._replace(parameters=(cookie, *answer.parameters))
            self._outgoing.append(wire.encode_init(answer))
        elif self.state is State.COOKIE_WAIT:
            cookies = (p.value for p in chunk.parameters if p.kind == wire.STATE_COOKIE)
            self.state = State.COOKIE_ECHOED
            self._say(wire.encode_chunk(wire.COOKIE_ECHO, next(cookies, b"")), now)
            self._usable(events)

    def _take_other(self, chunk: Other, now: float, events: list[Event]) -> None:
        match chunk.kind:
            case wire.COOKIE_ECHO:
                if chunk.body == self._cookie and self._remote_begun:
                    self._outgoing.append(wire.encode_chunk(wire.COOKIE_ACK))
                    self._established(events)
            case wire.COOKIE_ACK:
                if self.state is State.COOKIE_ECHOED:
                    self._established(events)
            case wire.HEARTBEAT:
                self._outgoing.append(wire.encode_chunk(wire.HEARTBEAT_ACK, chunk.body))
            case wire.ERROR if self.state is State.COOKIE_ECHOED:
                self.state = State.COOKIE_WAIT  # a stale cookie (RFC 9260 §5.2.6)
                self._say(wire.encode_init(self._init()), now)
            case wire.ABORT:
                self._end("the remote aborted the association", events)
            case wire.SHUTDOWN:
                self._end("the remote shut the association down", events)
            case _:
                pass

    _TAKERS: ClassVar[dict[type[Chunk], Callable[[Any, Any, float, list[Event]], None]]] = {
        Data: _take_data,
        Sack: _take_sack,
        ForwardTsn: _take_forward_tsn,
        Reconfig: _take_reconfig,
        Init: _take_init,
        Other: _take_other,
    }

    # The handshake

    def _init(self, *, acknowledges: bool = False) -> Init:
        return Init(
            self._tag,
            self._window,
            STREAMS,
            STREAMS,
            wrap_tsn(self._initial_tsn),
            _EXTENSIONS,
            acknowledges=acknowledges,
        )

    def _learn(self, init: Init) -> None:
        """What the remote says of itself, in its INIT or its INIT ACK, whichever comes first."""
        if self._remote_begun:
            return
        self._remote_begun = True
        self._remote_tag = init.tag
        self.streams = min(STREAMS, init.inbound)
        self.receiver.begin(init.tsn)
        self.resets.begin(init.tsn)
        self.sender.begin(init.window)
        self.sender.partially_reliable = any(
            kind == wire.FORWARD_TSN_SUPPORTED
            or (kind == wire.SUPPORTED_EXTENSIONS and wire.FORWARD_TSN in value)
            for kind, value in init.parameters
        )

    def _confirmed(self, events: list[Event]) -> None:
        """Whoever sends data has our cookie's answer under way, though it was lost."""
        if self.state is State.COOKIE_ECHOED:
            self._established(events)

    def _established(self, events: list[Event]) -> None:
        if self.state not in {State.COOKIE_WAIT, State.COOKIE_ECHOED}:
            return
        self.state = State.ESTABLISHED
        self._handshake = self._handshake_deadline = None
        self._usable(events)

    def _usable(self, events: list[Event]) -> None:
        """Data can be sent: both sides know each other."""
        if not self._told:
            self._told = True
            events.append(Established(self.streams))

    def _say(self, chunk: bytes, now: float) -> None:
        """A step of the handshake, repeated until it is answered."""
        self._handshake = chunk
        self._handshake_tries = 0
        self._outgoing.append(chunk)
        self._handshake_deadline = now + self.sender.rto.seconds

    def _repeat_handshake(self, now: float, events: list[Event]) -> None:
        assert self._handshake is not None
        self._handshake_tries += 1
        if self._handshake_tries > _MAX_TRIES:
            self._end("the remote does not answer in SCTP", events)
            return
        self._outgoing.append(self._handshake)
        self.sender.rto.back_off()
        self._handshake_deadline = now + self.sender.rto.seconds

    def _end(self, reason: str, events: list[Event]) -> None:
        self._close()
        events.append(Ended(reason))

    def _close(self) -> None:
        self.state = State.CLOSED
        self._outgoing = []
        self._handshake = self._handshake_deadline = None

    # Packets

    def _is_tagged(self, tag: int, received: list[Chunk]) -> bool:
        """RFC 9260 §8.5: our tag; none with an INIT, which stands alone; an ABORT may reflect."""
        first = received[0] if received else None
        if isinstance(first, Init) and not first.acknowledges:
            return tag == 0 and len(received) == 1
        if isinstance(first, Other) and first.kind == wire.ABORT and first.flags & 1:
            return tag == self._remote_tag
        return tag == self._tag

    def _packet(self, parts: list[bytes]) -> bytes:
        init = parts[0][0] == wire.INIT
        return wire.encode(*self._ports, 0 if init else self._remote_tag, parts)

    def _bundle(self, head: list[bytes], data: list[bytes]) -> list[bytes]:
        """One packet if all of it fits, else two."""
        whole = head + data
        if sum(map(len, whole)) <= MAX_PACKET - COMMON_HEADER:
            return [self._packet(whole)]
        return [self._packet(head), self._packet(data)]
