"""The file with the flags laid over it."""

from pathlib import Path

import pytest
import typer

from hairpin.relaying.reading import read, read_or_fail
from relay.configuration import Document


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
