"""`hairpin match` as a person types it."""

import json

import pytest

from tests.hairpin.test_commands import run


def test_help_has_an_example_its_exit_codes_and_the_other_commands() -> None:
    output = " ".join(run("match", "--help").output.split())
    assert "Example: hairpin match --queue duel --players 4" in output
    assert "Exit status: 0" in output
    assert " simulate " in output
    assert " bot " in output


@pytest.mark.parametrize(
    "arguments",
    [
        ("--players", "0"),
        ("--players", "65"),
        ("--seconds", "x"),
        ("--wait", "0"),
        ("--openness", "ajar"),
        ("no",),
    ],
)
def test_wrong_arguments_end_with_2(arguments: tuple[str, ...]) -> None:
    result = run("match", *arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_an_option_of_its_own_before_a_subcommand_is_refused() -> None:
    assert run("match", "--players", "4", "simulate").exit_code == 2


def test_two_bots_play_and_the_document_says_so() -> None:
    result = run("match", "--players", "2", "--seconds", "1", "--json")
    assert result.exit_code == 0
    told = json.loads(result.output)
    assert told["ok"]
    assert told["matches"][0]["players"] == ["bot 1", "bot 2"]
    assert told["matches"][0]["host"] in {"bot 1", "bot 2"}
    assert told["openness"] == "unknown"


def test_a_server_that_is_not_there_is_one_line_and_1() -> None:
    result = run("match", "--server", "ws://127.0.0.1:1/v1/ws")
    assert result.exit_code == 1
    assert "not reached" in result.output
