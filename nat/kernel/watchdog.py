"""Ends the programs that run in a lab's network namespaces when the lab's process is gone, however it went.

The kernel removes a namespace, with everything in it, when nobody holds it any more: neither a
descriptor nor a program. The lab's descriptors end with its process, even by kill -9. Programs
do not; so a child waits for the end of a socket whose other end the lab holds, and ends them.

Rule 1: It holds the namespaces itself until it is done, so that their numbers are nobody else's.
Rule 2: It is a program in one file without imports of ours, so that it starts in 20 ms.
"""

import array
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path

_ROUNDS = 50
_PAUSE = 0.02


def inside(namespaces: Collection[int], *, spared: int = 0) -> Iterator[int]:
    """Find the processes in network namespaces.

    Args:
        namespaces: their inode numbers.
        spared: a process that is passed over, as this one is.

    Yields:
        A pidfd of each, closed when the next one is asked for.
    """
    for entry in os.listdir("/proc"):  # noqa: PTH208 - half the time of pathlib, for each process there is
        if not entry.isdecimal() or int(entry) in {os.getpid(), spared}:
            continue
        try:
            process = os.pidfd_open(int(entry))
        except OSError:
            continue
        try:
            if os.stat(f"/proc/{entry}/ns/net").st_ino in namespaces:  # noqa: PTH116
                yield process
        except OSError:
            continue  # it has ended, or is not ours to look into
        finally:
            os.close(process)


def end_all(namespaces: Collection[int], *, patience: float = 0.0, spared: int = 0) -> None:
    """End every process in network namespaces, and those they start meanwhile.

    Args:
        namespaces: their inode numbers.
        patience: seconds between asking (SIGTERM) and killing; with 0 nobody is asked.
        spared: a process that is passed over, as this one is.
    """
    asked_until = time.monotonic() + patience
    if patience:
        _signal_all(namespaces, signal.SIGTERM, spared)
        while time.monotonic() < asked_until and any(
            True for _ in inside(namespaces, spared=spared)
        ):
            time.sleep(_PAUSE)
    for _ in range(_ROUNDS):
        if not _signal_all(namespaces, signal.SIGKILL, spared):
            return
        time.sleep(_PAUSE)


def _signal_all(namespaces: Collection[int], what: signal.Signals, spared: int) -> bool:
    found = False
    for process in inside(namespaces, spared=spared):
        found = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(process, what)
    return found


def watch(line: socket.socket) -> None:
    """Collect descriptors of namespaces until the other end is gone, then end what runs in them."""
    namespaces: set[int] = set()
    owner = os.getppid()  # who may live on, and have a thread inside
    size = array.array("i").itemsize
    while True:
        data, ancillary, _, _ = line.recvmsg(1, socket.CMSG_SPACE(size))
        for _, _, descriptor in ancillary:
            namespaces.add(os.fstat(int.from_bytes(descriptor[:size], sys.byteorder)).st_ino)
        if not data:
            end_all(namespaces, spared=owner)
            return


class Watchdog:
    """The lab's end of it."""

    def __init__(self) -> None:
        self._line, other = socket.socketpair()
        with other:
            self._pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", str(Path(__file__)), str(other.fileno())],
                {},
                file_actions=[
                    *((os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)),
                    (os.POSIX_SPAWN_DUP2, other.fileno(), other.fileno()),
                ],
                setsid=True,
            )

    def guard(self, namespace: int) -> None:
        """Guard one more namespace, of which a descriptor is given."""
        with contextlib.suppress(BrokenPipeError):  # somebody killed it: there is nobody to tell
            self._line.sendmsg(
                [b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [namespace]))]
            )

    def release(self) -> None:
        """Send it home; it ends whatever still runs."""
        self._line.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


if __name__ == "__main__":
    watch(socket.socket(fileno=int(sys.argv[1])))
