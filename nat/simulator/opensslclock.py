"""OpenSSL on the clock of a world, in a program that `nat.simulator.faithful` runs."""

import ctypes
import os
from collections.abc import Callable, Iterator
from typing import Any, Final

from nat.simulator.clock import Clock

LIBRARY: Final = "NAT_SIMULATOR_CLOCK"
"""The environment variable with the path of the library, while a program is run by this command."""

_CALLS: Final = (
    "do_handshake", "recv", "read", "recv_into", "send", "write", "sendall", "shutdown",
    "DTLSv1_listen", "DTLSv1_get_timeout", "DTLSv1_handle_timeout",
)  # fmt: skip
"""What of pyOpenSSL's `Connection` reads the clock."""


def faithful_patches(clock: Clock, connection: Any) -> Iterator[tuple[Any, str, Any]]:
    """Calls of pyOpenSSL that set the time before they make it, if this command runs the program.

    Args:
        connection: `OpenSSL.SSL.Connection`.
    """
    set_clock = ctypes.PyDLL(os.environ[LIBRARY]).nat_simulator_set_clock
    set_clock.argtypes, set_clock.restype = [ctypes.c_longlong], None

    def in_time(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            set_clock(clock.time_ns())
            try:
                return real(*args, **kwargs)
            finally:
                set_clock(0)

        return call

    for name in _CALLS:
        yield connection, name, in_time(getattr(connection, name))
