"""The way into the command `hairpin`: Ctrl-C and a closed pipe end it without a traceback."""

import os
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command.

    Loading it takes a second or two, in which Ctrl-C must be as quiet as later.
    """
    try:
        from hairpin.commands import app  # noqa: PLC0415 - may be interrupted, see above

        app()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing may be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
