"""How long to wait before trying again: a pure rule for signaling and for restarts."""

from collections.abc import Sequence

#: Seconds before each try; the last is repeated (docs/signaling.md, close codes).
SIGNALING_PAUSES = (0.0, 0.3, 1.0, 2.0, 4.0, 7.0)
RESTART_PAUSES = (0.0, 2.0, 4.0, 8.0, 15.0)
_LEAST, _MOST = 0.5, 1.5


def pause(tries: int, pauses: Sequence[float], chance: float) -> float:
    """Seconds to wait before a try.

    Args:
        tries: How many have failed in a row.
        pauses: The waits, in order.
        chance: A random number from 0 to 1, so that not everybody comes back at once.
    """
    assert 0.0 <= chance <= 1.0
    return pauses[min(tries, len(pauses) - 1)] * (_LEAST + (_MOST - _LEAST) * chance)
