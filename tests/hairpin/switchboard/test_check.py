"""`hairpin signaling check`."""

from pathlib import Path
from typing import Any


def test_check_says_that_a_file_is_right_or_what_is_wrong_and_never_prints_a_secret(
    run_signaling: Any, tmp_path: Path
) -> None:
    file = tmp_path / "signaling.toml"
    file.write_text('[ice]\nturn = ["turn:a"]\nsecret = "hunter2"\n')
    result = run_signaling("check", str(file))
    assert (result.exit_code, "Right." in result.output) == (0, True)
    file.write_text('[ice]\nturn = ["turn:a"]\nsecrets = "hunter2"\n')
    wrong = run_signaling("check", str(file))
    assert wrong.exit_code == 1
    assert "did you mean secret" in wrong.output
    file.write_text('[jwt]\nkey-files = ["no-such-key"]\n')
    assert "no-such-key: No such file" in run_signaling("check", str(file)).output
    assert "hunter2" not in result.output + wrong.output
