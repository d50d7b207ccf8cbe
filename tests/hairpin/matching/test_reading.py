"""The files of a season: read, or refused in one line."""

from pathlib import Path

import pytest
import typer

from hairpin.matching.reading import DEFAULT_PLAYERS, read_players
from signaling.matchmaking.season.population import Population


def test_the_file_of_the_defaults_says_what_the_defaults_are() -> None:
    assert read_players(None) == Population()
    assert "patience = 300" in DEFAULT_PLAYERS.read_text()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot read {path}: No such file or directory"),
        (b"patience = -3", "{path}: patience: expected 0 to 1e+09, got -3"),
        (b"\xff\xfe", "{path}: 'utf-8' codec can't decode"),
    ],
    ids=["missing", "impossible", "no text"],
)
def test_a_file_that_cannot_be_is_one_line_and_status_1(
    content: bytes | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(typer.Exit) as left:
        read_players(path)
    assert left.value.exit_code == 1
    assert capsys.readouterr().err.startswith(f"error: {told.format(path=path)}")
