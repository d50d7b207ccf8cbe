"""`hairpin lab population` as a person types it."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from hairpin.commands import app
from hairpin.lab.mix import DEFAULT

runner = CliRunner()


def run(*arguments: str) -> Any:
    return runner.invoke(
        app, ["lab", "population", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1"}
    )


def test_the_share_comes_first_then_the_pairs_of_kinds_then_the_sources() -> None:
    result = run("--pairs", "12", "-j", "1")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert " of 12 pairs connect directly, half of them within " in lines[0]
    assert any(line.startswith("│ all ") for line in lines)
    assert "IMC 2016" in result.output
    assert run("--pairs", "12", "-j", "1", "-q").output.count("\n") == 1


def test_the_document_does_not_depend_on_the_number_of_processes() -> None:
    documents = []
    for jobs in ("1", "2"):
        document = json.loads(run("--pairs", "10", "--json", "-j", jobs).output)
        del document["real_ms"]
        documents.append(document)
    assert documents[0] == documents[1]
    assert documents[0]["all"]["couples"] == 10
    assert documents[0]["all"]["unexpected"] == 0


def test_the_printed_mix_can_be_given_back(tmp_path: Path) -> None:
    path = tmp_path / "mix.toml"
    path.write_text(run("--print-mix").output)
    assert path.read_text() == DEFAULT.read_text()
    result = run("--mix", str(path), "--pairs", "2", "-q")
    assert result.exit_code == 0
    assert str(path) in result.output


def test_a_mix_that_is_none_gives_one_line_and_status_1(tmp_path: Path) -> None:
    path = tmp_path / "mix.toml"
    path.write_text("[[kind]]\nname = 7\n")
    result = run("--mix", str(path))
    assert result.exit_code == 1
    assert result.output.startswith(f"error: {path}: Expected `str`, got `int`")
