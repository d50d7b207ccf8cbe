"""The compose file with two nodes of the signaling server."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from hairpin.commands import app

COMPOSE = Path(__file__).resolve().parents[3] / "compose"


def run(*arguments: str, **env: str) -> Any:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", **env})


def services() -> dict[str, Any]:
    """What compose starts, with its variables filled in."""
    text = re.sub(r"\$\{\w+(:\?[^}]*)?\}", "192.0.2.1", (COMPOSE / "nodes.yaml").read_text())
    found: dict[str, Any] = YAML(typ="safe").load(text)["services"]
    return found


@pytest.mark.parametrize("name", ["a", "b", "relay"])
def test_the_commands_of_the_two_nodes_and_the_relay_are_ones_that_there_are(name: str) -> None:
    service = services()[name]
    result = run(*service["command"], "--config", "/no/where", **service["environment"])
    assert result.exit_code == 1, "it knows every option, and stops at the file"
    assert "No such file" in result.output


def test_the_nodes_have_names_of_their_own_and_share_redis_and_the_secret_of_the_relay() -> None:
    found = services()
    assert {"--node=a", "--node=b"} < {*found["a"]["command"], *found["b"]["command"]}
    assert found["a"]["environment"] == found["b"]["environment"]
    assert found["a"]["environment"]["HAIRPIN_SIGNALING_REDIS"] == "redis://redis:6379"
    secrets = (
        found["a"]["environment"]["HAIRPIN_SIGNALING_TURN_SECRET"],
        found["relay"]["environment"]["HAIRPIN_RELAY_SECRET"],
    )
    assert len(set(secrets)) == 1


def test_a_node_has_longer_to_stop_than_its_clients_have_to_leave() -> None:
    node = services()["a"]
    assert (node["stop_signal"], node["stop_grace_period"]) == ("SIGTERM", "40s")
