"""Work spread over processes: the order stays, errors come through, Ctrl-C ends it."""

import io
import os
import subprocess
import sys
from typing import Any

import pytest
from rich.console import Console

from hairpin.lab.workers import spread


def square(number: int) -> tuple[int, int]:
    if number == 13:
        raise ValueError("13 brings bad luck")
    return number * number, os.getpid()


def quietly(items: list[int], processes: int, console: Console | None = None) -> list[Any]:
    console = console or Console(file=io.StringIO())
    return spread(square, items, processes=processes, what="squaring", console=console)


@pytest.mark.parametrize("processes", [1, 2])
def test_results_are_in_the_order_of_the_items(processes: int) -> None:
    results = quietly(list(range(20, 60)), processes)
    assert [number for number, _ in results] == [n * n for n in range(20, 60)]
    assert (os.getpid() in {pid for _, pid in results}) == (processes == 1)


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_comes_through(processes: int) -> None:
    with pytest.raises(ValueError, match="bad luck"):
        quietly(list(range(40)), processes)


def test_few_items_need_no_other_process() -> None:
    assert {pid for _, pid in quietly([1, 2, 3], 8)} == {os.getpid()}


def test_a_bar_is_shown_on_a_terminal_only() -> None:
    shown, piped = io.StringIO(), io.StringIO()
    quietly([1, 2], 1, Console(file=shown, force_terminal=True, width=80))
    quietly([1, 2], 1, Console(file=piped))
    assert "squaring" in shown.getvalue()
    assert not piped.getvalue()


SLOW = """
import sys, time
from rich.console import Console
from hairpin.lab.workers import spread
print("ready", flush=True)
spread(time.sleep, [3600.0] * 40, processes=2, what="sleeping", console=Console(stderr=True))
"""


def test_ctrl_c_ends_all_processes() -> None:
    import signal

    with subprocess.Popen(
        [sys.executable, "-c", SLOW],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)  # the work would take hours
    assert process.returncode != 0
