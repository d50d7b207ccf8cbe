"""A test that hangs is told by name, with what its tasks wait for."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from tests.hangs import where_tasks_wait

HERE = Path(__file__)
HANGING = '''"""A module with a test that never ends."""

import asyncio


async def waits_in_here() -> None:
    await asyncio.Event().wait()


async def test_that_never_ends() -> None:
    await waits_in_here()


def test_that_ends() -> None:
    """Beside it."""
'''

WATCHED = '''"""Watched as ours are, with less patience."""

from hangs import Watch


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Watch(limit=1, look_every=0.2))
'''


async def _waits() -> None:
    await asyncio.Event().wait()


async def test_a_waiting_task_is_told_with_each_place_on_the_way_to_what_it_waits_for() -> None:
    task = asyncio.create_task(_waits(), name="one that waits")
    await asyncio.sleep(0)
    told = where_tasks_wait()
    begin = next(number for number, line in enumerate(told) if "one that waits" in line)
    assert told[begin + 1].strip() == f"{__file__}:{_waits.__code__.co_firstlineno + 1}"
    assert "asyncio/locks.py" in told[begin + 2]
    task.cancel()


def test_a_suite_with_a_test_that_hangs_goes_on_and_names_it(tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGING)
    (tmp_path / "conftest.py").write_text(WATCHED)
    options = [f"--confcutdir={tmp_path}", f"--rootdir={tmp_path}", "-o", "faulthandler_timeout=10"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n1", "-c", str(HERE.parents[1] / "pyproject.toml"), *options, "."],
        capture_output=True, text=True, timeout=240, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
    )  # fmt: skip
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "crashed while running 'test_hanging.py::test_that_never_ends'" in done.stdout
    assert "test_that_never_ends has run for 1 s" in done.stderr
    assert "test_hanging.py:7" in done.stderr
