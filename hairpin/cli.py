"""The way into the command `hairpin`: Ctrl-C, a closed pipe and a full disk end it without a traceback."""

import contextlib
import io
import os
import sys
from importlib import import_module
from typing import Any, TextIO, cast

_INTERRUPTED = 130
_CANNOT_PRINT = 1
_NOBODY_READS = 141
"""128 and the number of SIGPIPE, as a shell says it of other programs whose reader has seen enough (`… | head`)."""


def main() -> None:
    """Run the command.

    Loading it may take a second, in which Ctrl-C must be as quiet as later.
    """
    _open_what_is_closed()
    stream = sys.stdout
    _say_what_can_be_said(stream)
    printed = _Printed(stream)
    sys.stdout = cast("TextIO", printed)
    try:
        import_module("hairpin.commands").app(prog_name="hairpin")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except BaseException:
        printed.finish()
        if printed.refused is None:
            raise
        sys.exit(_status_of(printed.refused))
    finally:
        sys.stdout = stream


def _open_what_is_closed() -> None:
    """Whoever starts a command with `>&-` wants its status alone; else a socket would get that number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115 - as long as the process


def _say_what_can_be_said(stream: TextIO) -> None:
    """A terminal that does not know a letter, such as one of ISO 8859-1, gets a `?` for it."""
    if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
        stream.reconfigure(errors="replace")


def _status_of(refused: OSError) -> int:
    """Say why nothing could be printed, unless somebody has just seen enough."""
    if isinstance(refused, BrokenPipeError):
        return _NOBODY_READS
    with contextlib.suppress(OSError):
        print(f"error: cannot print: {refused.strerror or refused}", file=sys.stderr, flush=True)
    return _CANNOT_PRINT


class _Printed:
    """Standard output, which remembers that it could not be written: whoever prints makes an exit with 1 of that."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.refused: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or note that nobody reads, or that the disk is full."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self.refused = error
            raise

    def flush(self) -> None:
        """Flush, or note the same."""
        try:
            self._stream.flush()
        except OSError as error:
            self.refused = error
            raise

    def finish(self) -> None:
        """Flush for the last time: what cannot be must not be tried again at exit."""
        try:
            self.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
