"""The sending half of an association: what is under way, what got lost, what may be sent now."""

import heapq

from peer.sctp.chunks import COMMON_HEADER, DATA_HEADER, MAX_FRAGMENT, Sack, encode_forward_tsn
from peer.sctp.congestion import MAX_BURST, CongestionWindow, RetransmissionTimeout
from peer.sctp.dcep import DCEP
from peer.sctp.outbox import RELIABLE, Outbox, OutgoingMessage, Reliability
from peer.sctp.serial import unwrap_tsn, wrap_ssn, wrap_tsn

__all__ = ["RELIABLE", "Reliability", "Sender"]

_MISSING_REPORTS = 3  # RFC 9260 §7.2.4
_MAX_BURSTS = 8
_MAX_SKIPPED = (1188 - COMMON_HEADER - 8) // 4  # streams that one FORWARD TSN can name


class _Sent:
    """A DATA chunk that is not acknowledged for good."""

    __slots__ = ("acknowledged", "behind", "chunk", "lost", "message", "misses", "sent", "size")

    def __init__(self, chunk: bytes, size: int, message: OutgoingMessage) -> None:
        self.chunk = chunk
        self.size = size
        self.message = message
        self.sent = 1
        self.misses = 0
        #: What is reported missing counts only against TSNs sent after it was sent again.
        self.behind = 0
        self.acknowledged = False
        self.lost = False

    def counts(self, highest: int) -> bool:
        """Whether it is under way, and `highest`, which has arrived, was sent after it."""
        return not (
            self.acknowledged or self.lost or self.message.abandoned or highest < self.behind
        )


class Sender:
    """What goes to the remote.

    Args:
        initial_tsn: The first TSN.
    """

    def __init__(self, initial_tsn: int) -> None:
        self._next_tsn = initial_tsn
        self._outbox = Outbox()
        self._sent: dict[int, _Sent] = {}
        self._flight = 0
        self._lost: list[int] = []
        self._remote_window = 0
        self._window = CongestionWindow()
        self._bursts = 1
        self._fast_retransmit = False
        self._blocks: dict[int, int] = {}
        self._timed: tuple[int, float] | None = None
        self._advanced = initial_tsn - 1
        self._skipped: dict[int, tuple[int, int]] = {}
        self._left: dict[int, int] = {}
        #: Everything up to here has been acknowledged.
        self.acknowledged = initial_tsn - 1
        self.rto = RetransmissionTimeout()
        #: When what is under way counts as lost.
        self.deadline: float | None = None
        #: Whether a FORWARD TSN is to go out.
        self.forward_due = False
        #: Whether messages may be given up: the remote has to understand it.
        self.partially_reliable = False

    def begin(self, remote_window: int) -> None:
        """The association is up, and the remote has this much room."""
        self._remote_window = remote_window
        self._window.start(remote_window)

    @property
    def last_tsn(self) -> int:
        """The last TSN that was used."""
        return self._next_tsn - 1

    @property
    def in_flight(self) -> int:
        """Bytes sent and not acknowledged."""
        return self._flight

    @property
    def congestion_window(self) -> int:
        """Bytes that may be under way."""
        return self._window.size

    def put(
        self, stream: int, ppid: int, data: bytes, reliability: Reliability, now: float
    ) -> None:
        """Queue a message."""
        self._outbox.put(OutgoingMessage(stream, ppid, data, reliability, now))

    def waits(self, stream: int) -> bool:
        """Whether a stream has messages that were not sent yet."""
        return self._outbox.has(stream)

    def reset(self, stream: int) -> None:
        """The stream begins anew (RFC 6525 §5.2.7)."""
        self._outbox.reset(stream)
        self._skipped.pop(stream, None)

    def take_left(self) -> dict[int, int]:
        """How many bytes of which stream no longer wait, since this was last asked."""
        left, self._left = self._left, {}
        return left

    # What the remote says

    def receive_sack(self, sack: Sack, now: float) -> None:
        """Take in an acknowledgement (RFC 9260 §6.2.1)."""
        cumulative = unwrap_tsn(sack.tsn, self.acknowledged)
        if not self.acknowledged <= cumulative < self._next_tsn:
            return  # older than another one, or about what was never sent
        full = self._flight >= self._window.size
        advanced = cumulative > self.acknowledged
        done = self._acknowledge_up_to(cumulative, now)
        if sack.gaps:
            highest, newly, more = self._acknowledge_blocks(cumulative, sack.gaps)
            done += more
            recovering = self._window.recovery_until is not None
            self._strike(cumulative, sack.gaps, highest if recovering and advanced else newly, now)
        else:
            self._blocks = {}
        opened = self._remote_window < MAX_FRAGMENT <= sack.window
        self._remote_window = sack.window
        if opened and not advanced:
            self._probe_again(now)
        self._window.acknowledged(done, cumulative, advanced=advanced, full=full)
        if done:
            self.rto.reset()
            self._bursts = min(_MAX_BURSTS, self._bursts + 1)
        self._advance(again=cumulative < self._advanced)
        if not self._sent:
            self.deadline = None
        elif advanced:
            self.deadline = now + self.rto.seconds

    def _acknowledge_up_to(self, cumulative: int, now: float) -> int:
        done = 0
        for tsn in range(self.acknowledged + 1, cumulative + 1):
            sent = self._sent.pop(tsn)
            if not sent.acknowledged:
                done += sent.size
                self._land(sent)
        self.acknowledged = cumulative
        if self._timed is not None and self._timed[0] <= cumulative:
            self.rto.measure(now - self._timed[1])
            self._timed = None
        return done

    def _acknowledge_blocks(
        self, cumulative: int, gaps: tuple[tuple[int, int], ...]
    ) -> tuple[int, int, int]:
        """The highest TSN in the blocks, the highest newly acknowledged one, and their bytes."""
        known, self._blocks = self._blocks, {}
        highest = newly = cumulative
        done = 0
        for first, last in gaps:
            begin, end = cumulative + first, min(cumulative + last, self._next_tsn - 1)
            self._blocks[begin] = end
            highest = max(highest, end)
            for tsn in range(known.get(begin, begin - 1) + 1, end + 1):
                sent = self._sent.get(tsn)
                if sent is not None and not sent.acknowledged:
                    sent.acknowledged = True
                    done += sent.size
                    newly = max(newly, tsn)
                    self._land(sent)
        return highest, newly, done

    def _strike(
        self, cumulative: int, gaps: tuple[tuple[int, int], ...], limit: int, now: float
    ) -> None:
        """Count what is missing below `limit`; the third time it is lost (RFC 9260 §7.2.4)."""
        begin = cumulative + 1
        for first, last in gaps:
            for tsn in range(begin, min(cumulative + first, limit)):
                sent = self._sent.get(tsn)
                if sent is None or not sent.counts(limit):
                    continue
                sent.misses += 1
                if sent.misses >= _MISSING_REPORTS:
                    self._lose(tsn, sent, now)
                    if self._window.lost(self._next_tsn - 1):
                        self._fast_retransmit = True
            begin = cumulative + last + 1

    def _land(self, sent: _Sent) -> None:
        """A chunk is not under way any more."""
        if not sent.lost and not sent.message.abandoned:
            self._flight -= sent.size
        sent.lost = False

    def _lose(self, tsn: int, sent: _Sent, now: float) -> None:
        """A chunk has to be sent again, unless its message is given up."""
        if self._timed is not None and self._timed[0] >= tsn:
            self._timed = None  # RFC 9260 §6.3.1 C5, Karn's algorithm
        if self._gives_up(sent, now):
            self._abandon(sent.message)
            return
        self._flight -= sent.size
        sent.lost = True
        sent.misses = 0
        heapq.heappush(self._lost, tsn)

    # Time

    def handle_timer(self, now: float) -> None:
        """Take what is under way for lost, if nothing was acknowledged in time."""
        if self.deadline is None or now < self.deadline:
            return
        self.rto.back_off()
        self._take_all_for_lost(now)

    def retry(self, now: float) -> None:
        """The path has changed: what is under way is lost, and waiting in vain is forgotten."""
        self.rto.reset()
        if self._sent:
            self._take_all_for_lost(now)

    def _take_all_for_lost(self, now: float) -> None:
        if self._remote_window >= MAX_FRAGMENT:  # else the remote has no room, which is no loss
            self._window.timed_out()
        self._lose_all(now)
        self._advance(again=self._advanced > self.acknowledged)
        self._bursts = 1
        self.deadline = now + self.rto.seconds if self._sent else None

    def _probe_again(self, now: float) -> None:
        """The remote has room again; what came while it had none, it has dropped."""
        self._lose_all(now)
        self.rto.reset()
        self._bursts = _MAX_BURSTS

    def _lose_all(self, now: float) -> None:
        for tsn, sent in list(self._sent.items()):
            if not (sent.acknowledged or sent.lost or sent.message.abandoned):
                self._lose(tsn, sent, now)

    # What is given up (RFC 3758)

    def _gives_up(self, sent: _Sent, now: float) -> bool:
        if not self.partially_reliable:
            return False
        most = sent.message.reliability.max_retransmits
        return self._expired(sent.message, now) or (most is not None and sent.sent > most)

    def _expired(self, message: OutgoingMessage, now: float) -> bool:
        return self.partially_reliable and message.expires is not None and now >= message.expires

    def _abandon(self, message: OutgoingMessage) -> None:
        for tsn in range(message.first, message.last + 1):
            sent = self._sent.get(tsn)
            if sent is not None and not sent.acknowledged:
                self._land(sent)
        message.abandoned = True
        if message.waits:
            # A TSN that is never sent stands for the rest, so that the remote drops all of it.
            self._left_behind(message, len(message.data) - message.offset)
            message.offset = len(message.data)
            message.last = self._next_tsn
            self._sent[self._next_tsn] = _Sent(b"", 0, message)
            self._next_tsn += 1
            self._outbox.done()

    def _advance(self, *, again: bool) -> None:
        """Move the point up to which the remote shall not wait (RFC 3758 §3.5 C)."""
        self._advanced = max(self._advanced, self.acknowledged)
        before = self._advanced
        while (sent := self._sent.get(self._advanced + 1)) is not None and sent.message.abandoned:
            self._advanced += 1
            if sent.message.reliability.ordered:
                self._skipped[sent.message.stream] = (sent.message.ssn, self._advanced)
        if self._skipped:
            self._skipped = {s: v for s, v in self._skipped.items() if v[1] > self.acknowledged}
        self.forward_due = self._advanced > self.acknowledged and (
            again or self.forward_due or self._advanced > before
        )

    def forward_tsn(self, now: float) -> bytes:
        """A FORWARD TSN chunk; it is sent again until the remote has followed."""
        self.forward_due = False
        if self.deadline is None:
            self.deadline = now + self.rto.seconds
        streams = [(s, wrap_ssn(ssn)) for s, (ssn, _) in self._skipped.items()]
        return encode_forward_tsn(wrap_tsn(self._advanced), streams[:_MAX_SKIPPED])

    # What goes out

    def begin_round(self) -> int:
        """How many bytes may be under way after this round of packets (RFC 9260 §6.1 D)."""
        burst = self._bursts * MAX_BURST * MAX_FRAGMENT
        self._bursts = 1
        return min(self._window.size, self._flight + burst)

    def fill(self, room: int, limit: int, now: float) -> list[bytes]:
        """DATA chunks for one packet.

        Args:
            room: Bytes that the packet has for them.
            limit: What `begin_round` said.
            now: The time.
        """
        chunks: list[bytes] = []
        while self._lost:
            chunk = self._retransmission(room, limit, now)
            if chunk is None:
                return chunks
            if chunk:
                chunks.append(chunk)
                room -= len(chunk)
        while self._flight < limit:
            chunk = self._fresh(room, now)
            if chunk is None:
                break
            chunks.append(chunk)
            room -= len(chunk)
        return chunks

    def _retransmission(self, room: int, limit: int, now: float) -> bytes | None:
        """The next lost chunk; empty when it need not be sent, `None` when it must wait."""
        tsn = self._lost[0]
        sent = self._sent.get(tsn)
        if sent is None or not sent.lost:
            heapq.heappop(self._lost)
            return b""
        if self._expired(sent.message, now):
            self._abandon(sent.message)
            self._advance(again=False)
            return b""
        allowed = self._flight < limit or self._fast_retransmit
        if len(sent.chunk) > room or not allowed:
            return None
        heapq.heappop(self._lost)
        self._fast_retransmit = False
        sent.lost = False
        sent.sent += 1
        sent.behind = self._next_tsn
        self._flight += sent.size
        if self.deadline is None or tsn == self.acknowledged + 1:
            self.deadline = now + self.rto.seconds
        return sent.chunk

    def _fresh(self, room: int, now: float) -> bytes | None:
        """The next fragment that was never sent, if it fits the packet and the remote's window."""
        message = self._outbox.next()
        while message is not None and self._expired(message, now):
            self._give_up_waiting(message)
            message = self._outbox.next()
        if message is None:
            return None
        size = message.next_size()
        if DATA_HEADER + size + (-size & 3) > room or not self._has_room_for(size):
            return None
        if message.offset == 0:
            self._outbox.began(message)
        tsn = self._next_tsn
        self._next_tsn = tsn + 1
        chunk, size = message.cut(tsn)
        self._sent[tsn] = _Sent(chunk, size, message)
        self._flight += size
        self._left_behind(message, size)
        if not message.waits:
            self._outbox.done()
        if self._timed is None:
            self._timed = (tsn, now)
        if self.deadline is None:
            self.deadline = now + self.rto.seconds
        return chunk

    def _has_room_for(self, size: int) -> bool:
        """The remote's window; one chunk may always be under way, to ask (RFC 9260 §6.1 A)."""
        return self._flight == 0 or self._flight + size <= self._remote_window

    def _give_up_waiting(self, message: OutgoingMessage) -> None:
        if message.offset:
            self._abandon(message)
            self._advance(again=False)
        else:
            self._left_behind(message, len(message.data))
            self._outbox.done()

    def _left_behind(self, message: OutgoingMessage, size: int) -> None:
        if message.ppid != DCEP:  # the application sent no such message
            self._left[message.stream] = self._left.get(message.stream, 0) + size
