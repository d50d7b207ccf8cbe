"""A file with keys, which is read again when it has changed; while it is bad, the old keys go on."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from signaling.faults import KeyFileError
from signaling.identity.keys import LARGEST_FILE, Keys, read_keys

_logger = logging.getLogger("signaling.keys")

INTERVAL = 1.0
"""Seconds from one look at the file to the next, at least."""

_Print = tuple[int, int, int]


class KeyFile:
    """The keys in a file, as of a moment ago.

    Args:
        path: Of the file.
        clock: Gives seconds.
        interval: From one look to the next, at least.

    Raises:
        KeyFileError: It cannot be used, at first; later `problem` says so.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        interval: float = INTERVAL,
    ) -> None:
        self.path = path
        self._clock = clock
        self._interval = interval
        self._print = self._look()
        self._keys = self._read()
        self._look_again = clock() + interval
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """Why the file cannot be used as it is now, or None."""
        return self._problem

    def keys(self) -> Keys:
        """The keys, after a look at the file if the last one was a while ago."""
        now = self._clock()
        if now >= self._look_again:
            self._look_again = now + self._interval
            self._reload_if_changed()
        return self._keys

    def _reload_if_changed(self) -> None:
        try:
            seen = self._look()
            if seen == self._print and self._problem is None:
                return
            self._keys = self._read()
        except KeyFileError as error:
            if self._problem != str(error):
                _logger.error("the keys stay as they were: %s", error)  # noqa: TRY400 - it says all
            self._problem = str(error)
        else:
            self._print, self._problem = seen, None
            _logger.info("the keys have been read from %s", self.path)

    def _look(self) -> _Print:
        try:
            status = self.path.stat()
        except OSError as error:
            raise KeyFileError(f"{self.path}: {error.strerror or error}") from error
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _read(self) -> Keys:
        try:
            with self.path.open("rb") as opened:
                return read_keys(opened.read(LARGEST_FILE + 1))
        except OSError as error:
            raise KeyFileError(f"{self.path}: {error.strerror or error}") from error
        except KeyFileError as error:
            raise KeyFileError(f"{self.path}: {error}") from error
