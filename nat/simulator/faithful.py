"""OpenSSL itself on the clock of a world: `python -m nat.simulator.faithful program.py [arguments]`.

By default a world repeats lost DTLS flights on OpenSSL's behalf (`nat.simulator.dtls`). A program that
is run by this command leaves it to OpenSSL, byte for byte as on the wire: a small library in C, which
is compiled with `cc` on the spot, tells it the time of the world. Linux alone can do so.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nat.simulator.errors import SimulationError
from nat.simulator.opensslclock import LIBRARY

_SOURCE: Final = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>

static __thread long long world_ns;

void nat_simulator_set_clock(long long ns) { world_ns = ns; }

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    if (world_ns > 0) {
        now->tv_sec = world_ns / 1000000000;
        now->tv_usec = world_ns % 1000000000 / 1000;
        return 0;
    }
    int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
    return real(now, zone);
}
"""


def compile_library(folder: Path, compiler: str = "cc") -> Path:
    """Compile the library that tells OpenSSL the time.

    Raises:
        SimulationError: this is not Linux, there is no compiler, or it failed.
    """
    found = shutil.which(compiler)
    if not sys.platform.startswith("linux") or found is None:
        raise SimulationError(
            f"the faithful clock needs Linux and a C compiler called {compiler!r}, on"
            f" {sys.platform}; without it worlds repeat lost DTLS flights by themselves"
        )
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(_SOURCE)
    command = [found, "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own source
    if done.returncode:
        raise SimulationError(f"the faithful clock could not be compiled:\n{done.stderr}")
    return library


def main(arguments: Sequence[str]) -> int:
    """Run a Python program whose worlds have the faithful clock; gives its exit status."""
    arguments = [*arguments[1:]] if arguments[:1] == ["--"] else [*arguments]
    if not arguments:
        print("usage: python -m nat.simulator.faithful program.py [arguments]", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        try:
            library = str(compile_library(Path(folder)))
        except SimulationError as error:
            print(error, file=sys.stderr)
            return 1
        preload = " ".join(filter(None, [library, os.environ.get("LD_PRELOAD")]))
        environment = os.environ | {"LD_PRELOAD": preload, LIBRARY: library}
        command = [sys.executable, *arguments]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 -- what it is for


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
