"""The admin socket in the file system: never anybody's, in the place of one that nobody answers on."""

import contextlib
import os
import socket
import stat
from pathlib import Path

from operating.kind import Kind

_LOOK = 1.0


class Place:
    """A socket bound at a path, and taken away again.

    Args:
        path: Of the socket; its directory is made if it is missing, for the owner alone.

    Raises:
        Exception: The kind's error: the socket cannot be had; the text says why and what to do.
    """

    def __init__(self, path: Path, kind: Kind) -> None:
        self._path = path
        self.socket = _open(path, kind)
        self._ours = path.stat().st_ino

    def close(self) -> None:
        """Close the socket, and take its name away unless another has it by now."""
        self.socket.close()
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._ours:
                self._path.unlink()


def _open(path: Path, kind: Kind) -> socket.socket:
    """Bind the socket, in the place of one that nobody answers on any more."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_directory(path.parent, kind)
        _clear(path, kind)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            _bind(opened, path, kind.sharing.value)
        except BaseException:
            opened.close()
            raise
    except OSError as error:
        raise kind.error(f"cannot serve at {path}: {error.strerror or error}") from error
    opened.setblocking(False)
    return opened


def _bind(opened: socket.socket, path: Path, others: int) -> None:
    """The socket is never, not for a moment, anybody's."""
    before = os.umask(others)
    os.umask(others | before)
    try:
        opened.bind(str(path))
    finally:
        os.umask(before)


def _check_directory(directory: Path, kind: Kind) -> None:
    mode = directory.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise kind.error(
            f"cannot serve in {directory}: everybody may write there, and so put another socket in "
            f"its place. Choose another directory, or take the right away: chmod o-w {directory}"
        )


def _clear(path: Path, kind: Kind) -> None:
    """Take away a socket that a server left behind."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise kind.error(f"cannot serve at {path}: something is there that is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_LOOK)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except TimeoutError:
            pass  # somebody is there, and busy
    raise kind.error(
        f"cannot serve at {path}: another {kind.noun} answers there. Choose another path"
    )
