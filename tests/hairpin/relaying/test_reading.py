"""The file with the flags laid over it."""

from pathlib import Path

import pytest
import typer

from hairpin.relaying.reading import read, read_or_fail, read_users_or_fail
from relay.configuration import Document, WebhookTable


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "relay.toml"
    file.write_text("realm = 'file'\nmin-port = 50000\n")
    settings = read(Document(realm="flag"), file).settings
    assert settings.realm == "flag"
    assert settings.port_range[0] == 50000


def test_what_cannot_be_meant_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as exit_:
        read_or_fail(Document(realm=""), None)
    assert exit_.value.exit_code == 1
    assert "realm" in capsys.readouterr().err


def test_the_secret_of_a_webhook_may_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HAIRPIN_RELAY_WEBHOOK_SECRET", "a secret of the two")
    flags = Document(webhook=WebhookTable(url="https://users.example.org/"))
    webhook = read(flags, None).settings.webhook
    assert webhook is not None
    assert webhook.secret == "a secret of the two"
    file = tmp_path / "relay.toml"
    file.write_text("[webhook]\nsecret = 'the secret of the file'\n")
    webhook = read(flags, file).settings.webhook
    assert webhook is not None
    assert webhook.secret == "the secret of the file"
    assert read(Document(), None).settings.webhook is None


def test_without_a_users_file_there_is_nothing_to_read() -> None:
    assert read_users_or_fail(read(Document(), None)) is None


def test_a_users_file_that_is_missing_is_one_line_and_status_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit):
        read_users_or_fail(read(Document(users_file="no-such-file"), None))
    assert "no-such-file: No such file" in capsys.readouterr().err
