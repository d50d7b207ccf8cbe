"""`hairpin relay key`."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.relaying.commands import app
from relay.users import make_keys
from relay.usersfile import decode_users


def run_key(*arguments: str, password: str = "wonder\n") -> Any:
    return CliRunner().invoke(app, ["key", *arguments], input=password, env={"NO_COLOR": "1"})


def test_the_line_can_be_put_into_a_users_file_and_has_no_password() -> None:
    result = run_key("alice", "--realm", "lab")
    assert result.exit_code == 0
    assert "wonder" not in result.output
    users = decode_users(result.output.encode(), "lab")
    assert users.find("alice") == make_keys("alice", "lab", "wonder")


def test_the_realm_may_come_from_the_relays_file(tmp_path: Path) -> None:
    file = tmp_path / "relay.toml"
    file.write_text("realm = 'lab'\n")
    assert (
        run_key("alice", "--config", str(file)).output == run_key("alice", "--realm", "lab").output
    )


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [("a:b", "wonder\n", "without a colon"), ("alice", "\n", "got an empty one")],
)
def test_what_cannot_be_used_is_one_line_with_status_1(
    name: str, password: str, words: str
) -> None:
    result = run_key(name, password=password)
    assert result.exit_code == 1
    assert words in result.output
    assert len(result.output.splitlines()) == 1


def test_at_a_terminal_it_asks_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def prompt(text: str, **options: Any) -> str:
        asked.append(options)
        return "wonder"

    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    from hairpin.relaying.key import key

    key("alice", realm="lab", config=None)
    assert asked == [{"hide_input": True, "confirmation_prompt": True, "err": True}]
