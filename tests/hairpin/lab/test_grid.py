"""`hairpin lab grid` as a person types it."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

import hairpin.lab.grid
import nat
from hairpin.commands import app
from hairpin.lab.cells import Cell, Played

runner = CliRunner()


def run(*arguments: str) -> Any:
    return runner.invoke(app, ["lab", "grid", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_the_table_is_printed_after_the_verdict() -> None:
    result = run("--jobs", "1")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("42 of 81 pairings connect directly, as expected (model pure;")
    (row,) = [line for line in lines if line.startswith("│ EI/APD ")]
    assert row.split("│")[2:11] == [*[" s·s   "] * 2, " s·s    ", *row.split("│")[5:11]]
    assert "s·p  direct" in result.output


def test_json_has_every_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hairpin.lab.grid, "play", disappointing)
    result = run("--json", "--jobs", "1")
    assert result.exit_code == 1
    document = json.loads(result.output)
    assert document["ok"] is False
    assert len(document["cells"]) == 81
    assert document["cells"][0] == {
        "a": "EI/EI",
        "b": "EI/EI",
        "expected": {
            "path": "direct",
            "types": [["srflx", "srflx"]],
            "reason": "both NATs keep one port for all destinations, so both can open the way",
        },
        "found": {"path": None, "types": None, "ms": 5000.0},
        "ok": False,
        "drops": ["home-a dropped everything"],
    }


def disappointing(cell: Cell) -> Played:
    """A cell in which nobody meets anybody."""
    expected = cell.pairing.expected
    return Played(
        cell, expected, None, relayed=False, elapsed=5.0, drops=("home-a dropped everything",)
    )


def test_cells_that_differ_are_marked_explained_and_give_status_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hairpin.lab.grid, "play", disappointing)
    result = run("--jobs", "1")
    assert result.exit_code == 1
    assert result.output.startswith("42 of 81 pairings are not as expected (model pure).")
    assert "– !" in result.output
    assert (
        "EI/EI × EI/EI: expected server-reflexive and server-reflexive, because both NATs keep one"
        " port for all destinations, so both can open the way; found no path after 5.0 s"
    ) in " ".join(result.output.split())


def test_an_unknown_model_is_refused_with_those_there_are() -> None:
    result = run("--model", "wishful")
    assert result.exit_code == 2
    for model in nat.Model:
        assert model.value in result.output
