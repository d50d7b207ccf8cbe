"""Whether a gateway has forgotten its mappings, by the clock that it shows in every answer."""

from typing import Final

from nat.choices import PortMapping

_SLACK: Final = 2.0
_BACKWARDS: Final = 1.0
"""RFC 6887 §8.5: by how much the clock may go back, because answers overtake each other."""


class EpochWatch:
    """The clock of one gateway.

    Args:
        spoken: whose rule counts. UPnP has no such clock, but the uptime of its connection; it is
            watched as NAT-PMP's is.
    """

    def __init__(self, spoken: PortMapping) -> None:
        self._is_lost = _lost_by_pcp if spoken is PortMapping.PCP else _lost_by_nat_pmp
        self._last: tuple[float, float] | None = None

    def receive(self, epoch: float, now: float) -> bool:
        """Note what an answer showed, and say whether mappings from before are to be made again.

        The first answer is always fine.
        """
        last, self._last = self._last, (epoch, now)
        if last is None:
            return False
        before, then = last
        return self._is_lost(before, epoch, now - then)


def _lost_by_nat_pmp(before: float, epoch: float, elapsed: float) -> bool:
    """RFC 6886 §3.6: seven eighths of the time must have passed there, less two seconds."""
    return epoch < before + elapsed * 7 / 8 - _SLACK


def _lost_by_pcp(before: float, epoch: float, elapsed: float) -> bool:
    """RFC 6887 §8.5: the clock did not go back, and neither clock is slower by a sixteenth."""
    passed = epoch - before
    if passed < -_BACKWARDS:
        return True
    return elapsed + _SLACK < passed * 15 / 16 or passed + _SLACK < elapsed * 15 / 16
