"""`hairpin match simulate` as a person types it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.commands import app
from hairpin.matching.reading import DEFAULT_PLAYERS

runner = CliRunner()
SHORT = ("--hours", "0.1", "--players-per-minute", "30")


def run(*arguments: str) -> Any:
    return runner.invoke(
        app, ["match", "simulate", *arguments], env={"COLUMNS": "120", "NO_COLOR": "1"}
    )


def test_the_verdict_comes_first_then_tables_and_nothing_on_a_terminal_that_is_none() -> None:
    result = run(*SHORT)
    assert result.exit_code == 0
    assert result.output.startswith("Half of the players wait less than ")
    assert "wait, 99 %" in result.output
    assert result.stderr == ""


def test_the_same_seed_tells_the_same_season() -> None:
    documents = []
    for _ in range(2):
        documents.append(json.loads(run(*SHORT, "--json").output))
        del documents[-1]["took_s"]
    assert documents[0] == documents[1]
    assert documents[0]["seasons"][0]["players"] > 100
    other = json.loads(run(*SHORT, "--json", "--seed", "2").output)
    assert other["seasons"] != documents[0]["seasons"]


def test_a_day_may_have_a_quiet_hour() -> None:
    told = json.loads(run(*SHORT, "--trough", "0", "--json").output)
    busy = json.loads(run(*SHORT, "--json").output)
    assert told["seasons"][0]["players"] < busy["seasons"][0]["players"]


def test_the_printed_players_can_be_given_back(tmp_path: Path) -> None:
    path = tmp_path / "players.toml"
    path.write_text(run("--print-players").output)
    assert path.read_text() == DEFAULT_PLAYERS.read_text()
    assert run(*SHORT, "-q", "--players", str(path)).output == run(*SHORT, "-q").output


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    narrow, wide = tmp_path / "narrow.toml", tmp_path / "wide.toml"
    narrow.write_text("[queues.duel]\nrating = { start = 50 }\n[queues.duo]\nteam-size = 2")
    wide.write_text("[queues.duel]\nrating = false\nkeys = ['build']")
    return str(narrow), str(wide)


def test_configurations_are_compared_with_the_same_players(files: tuple[str, str]) -> None:
    narrow, wide = files
    both = (*SHORT, "--config", narrow, "--compare", wide, "--queue", "duel")
    result = run(*both)
    assert "With wide.toml half wait less than " in result.output
    assert "players say nothing of build (queue 'duel'): all say the same." in result.stderr
    told = json.loads(run(*both, "--json").stdout)["seasons"]
    assert [one["name"] for one in told] == ["narrow.toml", "wide.toml"]
    assert told[0]["players"] == told[1]["players"]
    assert told[0]["wait_s"]["p95"] > told[1]["wait_s"]["p95"]


def test_it_is_drawn_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "season.svg"
    assert run(*SHORT, "-q", "--plot", str(path)).exit_code == 0
    assert path.read_text().startswith("<svg ")
    result = run(*SHORT, "-q", "--plot", str(tmp_path))
    assert (result.exit_code, result.output) == (
        1,
        f"error: cannot write {tmp_path}: Is a directory\n",
    )


def test_a_queue_that_is_not_there_is_one_line_and_status_1(files: tuple[str, str]) -> None:
    narrow, wide = files
    result = run("--config", narrow)
    assert result.exit_code == 1
    assert f"{narrow}: which queue? Say --queue NAME; there are: duel, duo." in result.output
    result = run("--config", wide, "--queue", "trio")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "no queue 'trio'; there are: duel." in result.output


def test_a_configuration_that_cannot_be_meant_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[queues.duel]\nteams = 0")
    result = run("--config", str(path))
    assert result.exit_code == 1
    assert result.stderr == f"error: {path}: queues.duel.teams: expected 1 to 128, got 0\n"
    result = run("--config", str(tmp_path / "none.toml"))
    assert result.stderr == f"error: {tmp_path / 'none.toml'}: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--hours", "0"), "0: more than 0, a year at most"),
        (("--hours", "nan"), "nan: more than 0"),
        (("--players-per-minute", "0"), "0 in 4 h: more than 0"),
        (("--players-per-minute", "1e9"), "at most 5,000,000 players in all"),
        (("--trough", "70"), "70: from 0 to 60, the peak"),
        (("--hours", "long"), "should be a valid number"),
    ],
)
def test_wrong_arguments_end_with_status_2_and_what_is_allowed(
    arguments: tuple[str, ...], told: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())
