"""Programs of labs whose owner is gone and whose watchdog did not end them, because it was killed, too.

Every program in a lab has its owner in its environment: process id and start, as /proc tells them,
so that another process with the same id is not taken for it.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

OWNER_VARIABLE: Final = "HAIRPIN_LAB"

_PREFIX: Final = f"{OWNER_VARIABLE}=".encode()
_START: Final = 19
"""Which field after the command's name the start is (proc(5): the 22nd of all)."""


def owner() -> str:
    """How this process signs the programs of its lab."""
    return f"{os.getpid()}:{_start(os.getpid())}"


def find() -> Iterator[int]:
    """Find the programs whose owner is gone.

    Yields:
        Process ids.
    """
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        signature = _signature(entry)
        if signature is not None and not _lives(signature):
            yield int(entry.name)


def end() -> int:
    """End them (SIGKILL), which removes their namespaces.

    Returns:
        How many there were.
    """
    found = list(find())
    for process in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return len(found)


def _signature(process: Path) -> str | None:
    try:
        variables = (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return None  # it has ended, or is not ours to look into
    for variable in variables:
        if variable.startswith(_PREFIX):
            return variable.removeprefix(_PREFIX).decode(errors="replace")
    return None


def _lives(signature: str) -> bool:
    process, _, start = signature.partition(":")
    if not process.isdecimal() or not start.isdecimal():
        return True  # nobody's signature: it is not ours to end
    return _start(int(process)) == start


def _start(process: int) -> str | None:
    """When a process started, in the kernel's ticks; None if there is none."""
    try:
        line = Path(f"/proc/{process}/stat").read_text(errors="replace")
    except OSError:
        return None
    return line.rpartition(") ")[2].split()[_START]
