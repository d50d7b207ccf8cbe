"""`hairpin demo` as a person types it."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.commands import app


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "NO_COLOR": "1"})


@pytest.mark.parametrize("option", ["--nat-a", "--nat-b"])
def test_a_wrong_nat_name_gets_an_error_that_lists_the_names(option: str) -> None:
    result = run("demo", option, "cone-of-silence")
    assert result.exit_code == 2
    text = " ".join(result.output.replace("│", " ").split())
    for name in (
        "'cone-of-silence'",
        "full-cone",
        "symmetric",
        "port-restricted-cone",
        option,
        "address-and-port-dependent",
    ):
        assert name in text


def test_the_demos_json_is_one_document_with_the_keys_promised() -> None:
    result = run("demo", "--json", "--nat-a", "full-cone", "--nat-b", "symmetric", "--seed", "5")
    assert result.exit_code == 0
    document = json.loads(result.output)
    assert set(document) == {"version", "seed", "ok", "real", "simulated", "diagnosed"}
    assert document["seed"] == 5
    assert [run["policy"] for run in document["real"]] == ["all", "relay"]
    (simulated,) = document["simulated"]
    assert simulated["path"] == simulated["expected"] == "reflexive"
    peer = document["real"][0]["peers"][0]
    found = [candidate["type"] for candidate in peer["candidates"]]
    assert found == ["host", "srflx", "relay"][: len(found)]  # those that came before the path
    assert found
    assert set(peer["phases_ms"]) == {"signaling", "ICE", "DTLS", "channel open"}


def test_a_path_that_is_not_the_expected_one_gives_status_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The prediction is turned round, so that the right path is unexpected."""
    monkeypatch.setattr("nat.direct_possible", lambda a, b: False)
    result = run("demo", "--nat-a", "full-cone", "--nat-b", "full-cone", "--quiet")
    assert result.exit_code == 1
    assert "1 of 3 connections did not take the expected path" in result.output
