"""The two system calls that move a thread between network namespaces; Python has them since 3.12."""

import ctypes
import errno
import os
from typing import Final

from nat.kernel.errors import NeedsRootError

_CLONE_NEWNET: Final = 0x40000000
_libc: Final = ctypes.CDLL(None, use_errno=True)


def current() -> int:
    """Open the network namespace of the calling thread.

    Returns:
        A file descriptor, which the caller closes.
    """
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def enter(namespace: int) -> None:
    """Move the calling thread into a network namespace; its sockets stay where they were made.

    Raises:
        NeedsRootError: this process may not.
    """
    _check(_libc.setns(namespace, _CLONE_NEWNET), "setns")


def new() -> int:
    """Make a network namespace. The calling thread stays where it is.

    Returns:
        A file descriptor. The namespace is gone when every descriptor of it is closed, nothing
        runs in it any more and no socket of it is open.

    Raises:
        NeedsRootError: this process may not.
        OSError: the kernel has no room for one more, or no namespaces at all.
    """
    here = current()
    try:
        _check(_libc.unshare(_CLONE_NEWNET), "unshare")
        try:
            return current()
        finally:
            enter(here)
    finally:
        os.close(here)


def _check(result: int, call: str) -> None:
    if result == 0:
        return
    number = ctypes.get_errno()
    if number == errno.EPERM:
        raise NeedsRootError
    raise OSError(number, f"{call}: {os.strerror(number)}")
