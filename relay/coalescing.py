"""How long to wait for more packets before the next look: few wake-ups for many packets.

Waking up costs more than relaying a packet does. So once packets come often, the data path sleeps a little
before it looks again, and takes what came meanwhile at once, as network cards do with their interrupts. It
does not when packets are few, or when so many come that each look finds plenty anyway.
"""

LONGEST_PAUSE = 0.3e-3
"""Seconds by which a packet may be held up, unless the operator says otherwise."""
_FROM_RATE = 3000.0  # packets a second
_PACKETS_A_LOOK = 16
_WINDOW = 4e-3  # seconds that the rate is measured over


class Coalescer:
    """Tells how long to sleep before the next look at the sockets.

    Args:
        longest: seconds of the longest pause; 0 for none at all.
    """

    def __init__(self, longest: float = LONGEST_PAUSE) -> None:
        self.longest = longest
        self._pause = 0.0
        self._count = 0
        self._since = 0.0

    def note(self, packets: int, now: float) -> float:
        """Take note of how many packets a look found, and return for how long to sleep before the next one."""
        self._count += packets
        elapsed = now - self._since
        if elapsed >= _WINDOW:
            rate = self._count / elapsed
            self._count, self._since = 0, now
            self._pause = min(self.longest, _PACKETS_A_LOOK / rate) if rate >= _FROM_RATE else 0.0
        return self._pause if 0 < packets < _PACKETS_A_LOOK else 0.0
