"""`hairpin relay check`."""

from pathlib import Path
from typing import Any


def test_check_says_that_a_file_is_right_and_never_prints_a_secret(
    run_relay: Any, tmp_path: Path
) -> None:
    file = tmp_path / "relay.toml"
    file.write_text('admin = "/run/x/s"\nrest-secrets = ["hunter2"]\n[users]\nalice = "wonder"\n')
    result = run_relay("check", str(file))
    assert result.exit_code == 0
    assert "Right." in result.output
    assert "/run/x/s" in result.output
    assert "hunter2" not in result.output
    assert "wonder" not in result.output


def test_check_names_what_is_wrong(run_relay: Any, tmp_path: Path) -> None:
    file = tmp_path / "relay.toml"
    file.write_text("reelm = 'x'\n")
    result = run_relay("check", str(file))
    assert result.exit_code == 1
    assert "reelm" in result.output
