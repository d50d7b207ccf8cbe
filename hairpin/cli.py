"""The way into the command `hairpin`: Ctrl-C and a closed pipe end it without a traceback."""

import os
import sys
from importlib import import_module
from typing import Any, TextIO, cast

_INTERRUPTED = 130
_NOBODY_READS = 141
"""128 and the number of SIGPIPE, as a shell says it of other programs whose reader has seen enough (`… | head`)."""


def main() -> None:
    """Run the command.

    Loading it may take a second, in which Ctrl-C must be as quiet as later.
    """
    stream = sys.stdout
    printed = _Printed(stream)
    sys.stdout = cast("TextIO", printed)
    try:
        import_module("hairpin.commands").app(prog_name="hairpin")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except (BrokenPipeError, SystemExit):
        printed.finish()
        if not printed.is_refused:
            raise
        sys.exit(_NOBODY_READS)
    finally:
        sys.stdout = stream


class _Printed:
    """Standard output, which remembers that nobody reads it any more: whoever prints makes an exit with 1 of that."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_refused = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or note that nobody reads."""
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self.is_refused = True
            raise

    def flush(self) -> None:
        """Flush, or note that nobody reads."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self.is_refused = True
            raise

    def finish(self) -> None:
        """Flush for the last time: what cannot be must not be tried again at exit."""
        try:
            self.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
