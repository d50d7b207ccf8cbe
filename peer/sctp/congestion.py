"""How much may be under way, and how long to wait for an answer (RFC 9260 §6.3, §7.2)."""

from peer.sctp.chunks import MAX_FRAGMENT

#: RFC 9260 §16, but for two. 500 ms is enough for remotes that acknowledge within 200 ms; and after
#: a silence the next try comes within 4 s, because whether the remote is there is for ICE to say.
RTO_INITIAL = 1.0
RTO_MIN = 0.5
RTO_MAX = 4.0
MAX_BURST = 4
_ALPHA, _BETA = 1 / 8, 1 / 4
_SLOW_START_L = 2  # RFC 3465 §2.2; a remote that acknowledges every second packet needs it


class RetransmissionTimeout:
    """The retransmission timeout (RFC 9260 §6.3.1)."""

    def __init__(self) -> None:
        #: Smoothed round-trip time, once one was measured.
        self.srtt: float | None = None
        self._variation = 0.0
        self._measured = RTO_INITIAL
        self.seconds = RTO_INITIAL

    def measure(self, seconds: float) -> None:
        """Take in a round trip."""
        if self.srtt is None:
            self.srtt, self._variation = seconds, seconds / 2
        else:
            self._variation += _BETA * (abs(self.srtt - seconds) - self._variation)
            self.srtt += _ALPHA * (seconds - self.srtt)
        self._measured = min(RTO_MAX, max(RTO_MIN, self.srtt + 4 * self._variation))
        self.seconds = self._measured

    def back_off(self) -> None:
        """Nobody answered: wait twice as long (RFC 9260 §6.3.3 E2)."""
        self.seconds = min(RTO_MAX, 2 * self.seconds)

    def reset(self) -> None:
        """Forget the waiting in vain."""
        self.seconds = self._measured


class CongestionWindow:
    """Slow start, congestion avoidance, fast recovery (RFC 9260 §7.2)."""

    def __init__(self) -> None:
        #: Bytes that may be under way.
        self.size = min(4 * MAX_FRAGMENT, max(2 * MAX_FRAGMENT, 4404))
        #: The last TSN that was under way when fast recovery began, or `None` outside of it.
        self.recovery_until: int | None = None
        self._threshold = 1 << 30
        self._acknowledged = 0

    def start(self, remote_window: int) -> None:
        """The remote's window bounds slow start (RFC 9260 §7.2.1)."""
        self._threshold = max(remote_window, 4 * MAX_FRAGMENT)

    def acknowledged(self, size: int, cumulative: int, *, advanced: bool, full: bool) -> None:
        """Bytes were acknowledged.

        Args:
            size: How many.
            cumulative: Everything up to here has been received.
            advanced: Whether `cumulative` is new.
            full: Whether the window was used to the full.
        """
        if self.recovery_until is not None:
            if cumulative >= self.recovery_until:
                self.recovery_until = None
            return
        if not (advanced and full):
            return
        if self.size <= self._threshold:
            self.size += min(size, _SLOW_START_L * MAX_FRAGMENT)
            return
        self._acknowledged += size
        if self._acknowledged >= self.size:
            self._acknowledged -= self.size
            self.size += MAX_FRAGMENT

    def lost(self, last_sent: int) -> bool:
        """A chunk was reported missing three times.

        Returns:
            Whether fast recovery begins with it (RFC 9260 §7.2.4).
        """
        if self.recovery_until is not None:
            return False
        self.recovery_until = last_sent
        self._shrink()
        self.size = self._threshold
        return True

    def timed_out(self) -> None:
        """Nothing was acknowledged in time (RFC 9260 §7.2.3)."""
        self._shrink()
        self.size = MAX_FRAGMENT
        self.recovery_until = None

    def _shrink(self) -> None:
        self._threshold = max(self.size // 2, 4 * MAX_FRAGMENT)
        self._acknowledged = 0
