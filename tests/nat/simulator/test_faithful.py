"""Tests of `nat.simulator.faithful`: OpenSSL itself on the clock of a world."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nat.simulator import SimulationError, faithful

PROGRAM = str(Path(__file__).with_name("dtls_world.py"))


def run(*command):
    """The program's answer: when it was done, and how many different first records it sent."""
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, *command, PROGRAM],
        env=environment, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.split()


def test_openssl_repeats_its_own_flights_at_the_times_at_which_worlds_do():
    by_itself, by_openssl = run(), run("-m", "nat.simulator.faithful")
    assert by_itself[0] == by_openssl[0] == "3.08"
    assert (by_itself[1], by_openssl[1]) == ("1", "3")


def test_without_a_compiler_it_says_what_is_needed(tmp_path, monkeypatch, capsys):
    with pytest.raises(SimulationError, match="a C compiler called 'no-such-compiler'"):
        faithful.compile_library(tmp_path, "no-such-compiler")
    monkeypatch.setattr(sys, "platform", "plan9")
    assert faithful.main(["program.py"]) == 1
    assert "on plan9" in capsys.readouterr().err


def test_source_that_does_not_compile_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(faithful, "_SOURCE", "this is not C")
    with pytest.raises(SimulationError, match=r"could not be compiled:\n.*error"):
        faithful.compile_library(tmp_path)


def test_without_a_program_it_says_how_it_is_used(capsys):
    assert faithful.main(["--"]) == 2
    assert "usage:" in capsys.readouterr().err
