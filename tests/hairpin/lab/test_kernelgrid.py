"""`hairpin lab kernel grid` as a person types it, with what came of it made up."""

import json
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

import hairpin.lab.kernelgrid
import nat
from hairpin.commands import app
from hairpin.lab.cells import Cell, cells
from hairpin.lab.kernelgrid import PlayedInKernel, play
from nat import CandidateType
from nat.kernel import NeedsRootError, syscalls

runner = CliRunner()
SEEN = (CandidateType.SERVER_REFLEXIVE, CandidateType.PEER_REFLEXIVE)


def run(*arguments: str) -> Any:
    return runner.invoke(
        app, ["lab", "kernel", "grid", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1"}
    )


def as_expected(todo: list[Cell], *, at_once: int) -> list[PlayedInKernel]:
    made = []
    for cell in todo:
        expected = cell.pairing.expected
        types = SEEN if expected.direct else None
        made.append(PlayedInKernel(cell, expected, types, False, 0.1, ()))
    return made


def test_the_table_is_printed_after_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hairpin.lab.kernelgrid, "play", as_expected)
    result = run()
    assert result.exit_code == 0
    assert result.output.startswith(
        "57 of 81 pairings connect directly, as expected (model conntrack;"
    )
    assert json.loads(run("--json").output)["direct"] == 57


def test_a_cell_that_differs_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def nearly(todo: list[Cell], *, at_once: int) -> list[PlayedInKernel]:
        first, *rest = as_expected(todo, at_once=at_once)
        return [replace(first, types=None), *rest]

    monkeypatch.setattr(hairpin.lab.kernelgrid, "play", nearly)
    result = run("-q")
    assert result.exit_code == 1
    assert result.output.startswith("1 of 81 pairings are not as expected")


@pytest.mark.usefixtures("root")
def test_a_few_cells_are_played_side_by_side() -> None:
    todo = [
        cells(nat.Model.CONNTRACK, with_relay=False, seed=1)[9 * a + b]
        for a, b in ((0, 8), (2, 2), (8, 3))
    ]
    assert [one.ok and one.direct for one in play(todo)] == [True] * 3


def test_without_root_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise NeedsRootError

    monkeypatch.setattr(syscalls, "new", refuse)
    result = run()
    assert result.exit_code == 1
    assert "needs root" in result.stderr
