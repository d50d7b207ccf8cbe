"""A timer of the kernel with a descriptor, exact to microseconds: epoll alone waits in milliseconds."""

import contextlib
import ctypes
import os
import struct
import time
from typing import Final

_NANOSECONDS: Final = 1_000_000_000
_ABSOLUTE: Final = 1  # TFD_TIMER_ABSTIME
_libc: Final = ctypes.CDLL(None, use_errno=True)


class Timer:
    """One timer on the clock of `time.monotonic_ns`. Python has these since 3.13."""

    def __init__(self) -> None:
        flags = os.O_NONBLOCK | os.O_CLOEXEC
        self._descriptor = _checked(_libc.timerfd_create(time.CLOCK_MONOTONIC, flags))

    def fileno(self) -> int:
        """The descriptor, which is readable when the time has come."""
        return self._descriptor

    def set(self, when_ns: int) -> None:
        """Ring at this time of `time.monotonic_ns`, instead of whatever was set before."""
        seconds, rest = divmod(max(when_ns, 1), _NANOSECONDS)
        setting = struct.pack("@qqqq", 0, 0, seconds, rest)
        _checked(_libc.timerfd_settime(self._descriptor, _ABSOLUTE, setting, None))

    def acknowledge(self) -> None:
        """Be unreadable again until the next time."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._descriptor, 8)

    def close(self) -> None:
        """Remove it."""
        os.close(self._descriptor)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
