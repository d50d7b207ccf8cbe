"""`hairpin signaling token`."""

from pathlib import Path
from typing import Any


def test_a_key_that_cannot_sign_is_one_line_with_status_1(
    run_signaling: Any, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("hunter2")
    result = run_signaling("token", "--key", str(key))
    assert result.exit_code == 1
    assert "at least 32 bytes" in result.output
    assert "hunter2" not in result.output.replace(str(key), "")
