"""The time of the day, asked for anew each time: where a program's time is virtual, so is this."""

import time


def unix_now() -> float:
    """Seconds since 1970.

    As a default for `time.time` itself: that would be bound once and for all when a module is read.
    """
    return time.time()
