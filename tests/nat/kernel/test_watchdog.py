"""What runs in a namespace ends with the lab."""

import subprocess
import sys
from pathlib import Path

import pytest

from nat.kernel import Namespaces
from nat.kernel.watchdog import Watchdog, end_all, inside

ROOT = Path(__file__).resolve().parents[3]
STUBBORN = "trap '' TERM INT; echo ready; while :; do sleep 100; done"


def stubborn(namespaces: Namespaces) -> "subprocess.Popen[str]":
    """Start a shell that does not end when asked, with a child of its own."""
    inner = namespaces.create("inner")
    process = inner.popen(["sh", "-c", STUBBORN], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdout.close()
    return process


def test_programs_inside_are_found_and_others_are_not(namespaces: Namespaces) -> None:
    process = stubborn(namespaces)
    (inner,) = namespaces
    found = list(inside({inner.inode}))
    assert len(found) in {1, 2}  # the shell's child may not have begun yet
    assert not list(inside({1}))
    end_all({inner.inode})
    process.wait()


def test_whoever_does_not_end_when_asked_is_killed(namespaces: Namespaces) -> None:
    process = stubborn(namespaces)
    (inner,) = namespaces
    end_all({inner.inode}, patience=0.1)
    assert process.wait() == -9
    assert not list(inside({inner.inode}))


def test_the_watchdog_ends_what_runs_when_its_line_is_cut(namespaces: Namespaces) -> None:
    process = stubborn(namespaces)
    (inner,) = namespaces
    second = Watchdog()
    second.guard(inner.descriptor)
    assert process.poll() is None
    second.release()
    assert process.wait() == -9


@pytest.mark.usefixtures("root")
def test_the_owner_is_spared_even_inside() -> None:
    """Whoever forgets to go back finds itself in a namespace that has just been given up."""
    source = (
        "from nat.kernel import Namespaces, syscalls\n"
        "with Namespaces() as namespaces: syscalls.enter(namespaces.create('inner').descriptor)"
    )
    subprocess.run([sys.executable, "-c", source], check=True, cwd=ROOT)


def test_the_watchdog_ends_without_work_when_it_guards_nothing() -> None:
    Watchdog().release()


def test_it_is_one_file_that_runs_without_the_package() -> None:
    """So that it starts quickly, and whatever state the package is in."""
    from nat.kernel import watchdog

    source = (
        f"import runpy, sys; runpy.run_path({watchdog.__file__!r}); assert 'nat' not in sys.modules"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", source], check=True)
