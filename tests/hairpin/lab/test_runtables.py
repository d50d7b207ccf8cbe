"""A world that was played, in words and as data."""

import io
from pathlib import Path

from rich.console import Console

from hairpin.lab import runtables
from hairpin.lab.printing import Line, Printed
from hairpin.lab.runtables import PlayedWorld, document, show, verdict
from nat.simulator import Simulation
from nat.worlds import Outcome, Result


def played(*outcomes: Outcome) -> PlayedWorld:
    result = Result(Simulation(1), outcomes, 2.0)
    return PlayedWorld(Path("home.toml"), 1, result, Printed(), 0.1)


GOOD = Outcome("alice", "ping", 0.1, 1.5, "fine")
BAD = Outcome("bob", "ping", 0.1, 1.5, None, ValueError("no"))


def test_the_verdict_counts_what_failed() -> None:
    assert verdict(played(GOOD)).plain.startswith("The program did well, within 2.0 s")
    assert verdict(played(GOOD, GOOD)).plain.startswith("All 2 programs did well")
    assert verdict(played(GOOD, BAD)).plain.startswith("1 of 2 programs failed, after 2.0 s")
    assert verdict(played()).plain.startswith("The world runs no program")


def test_what_a_program_printed_obeys_no_terminal_and_is_cut() -> None:
    world, out = played(GOOD), io.StringIO()
    world.printed.lines += [Line(1.0, "alice", "\x1b[2J")] * (runtables._MOST_LINES + 3)
    show(world, Console(file=out, width=100), quiet=False)
    assert "\x1b" not in out.getvalue()
    assert "… and 3 lines more" in out.getvalue()


def test_the_document_tells_results_and_errors() -> None:
    programs = document(played(GOOD, BAD))["programs"]
    assert programs[0] == {
        "host": "alice",
        "program": "ping",
        "began_ms": 100.0,
        "ended_ms": 1500.0,
        "result": "fine",
        "error": None,
    }
    assert programs[1]["error"] == "ValueError: no"
