"""docs/nat.md says what the command does: its run is one that was made, its pictures are of that run."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hairpin.diagnosis.commands import app
from hairpin.diagnosis.outcomes import NAMES
from nat.discovery.servers import BUILT_IN

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/nat.md").read_text()
RUN = ("simulate", "linux-masquerade", "--lifetime", "--fail-on", "nothing")


def test_the_run_is_what_the_command_prints(run_nat: Any) -> None:
    (shown,) = re.findall(r"<!-- nat: [^\n]* -->\n```\n(.*?)\n```\n<!-- /nat -->", PAGE, re.DOTALL)
    printed = run_nat(*RUN, COLUMNS="100").output
    assert shown == "\n".join(line.rstrip() for line in printed.splitlines()), (
        "run tools/update-readme nat"
    )


@pytest.mark.parametrize("tool", ["nat-pictures", "write-nat-schema"])
def test_what_tools_wrote_is_up_to_date(tool: str) -> None:
    command = [sys.executable, f"tools/{tool}", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_subcommand_and_outcome_is_in_it() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"hairpin nat {command.callback.__name__}" in PAGE
    for name, outcome in NAMES.items():
        assert f"| {outcome.value} | {name} |" in PAGE


def test_every_flag_that_it_names_is_one(run_nat: Any) -> None:
    helps = "".join(
        run_nat(*words, "--help").output
        for words in ([], ["watch"], ["serve"], ["simulate"], ["lifetime"], ["predict"])
    )
    others = {
        "--alternate",
        "--explain",
        "--diagnosis",
        "--diagnose",
    }  # of hairpin relay and hairpin call
    for flag in set(re.findall(r"`[^`|]*?(--[a-z][a-z-]+)", PAGE)) - others:
        assert flag in helps


def test_whom_is_asked_without_being_named_is_told() -> None:
    assert "BUILT_IN" in PAGE
    assert BUILT_IN
