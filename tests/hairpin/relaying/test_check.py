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


def test_check_counts_who_is_in_the_users_file_and_warns_when_everybody_can_read_it(
    run_relay: Any, tmp_path: Path
) -> None:
    users, file = tmp_path / "users", tmp_path / "relay.toml"
    users.write_text("alice:password:wonder\nbob:password:builder\n")
    file.write_text(f"users-file = '{users}'\n")
    users.chmod(0o600)
    result = run_relay("check", str(file))
    assert result.exit_code == 0
    assert "2 users in" in result.output
    assert "everybody" not in result.output
    assert "wonder" not in result.output
    users.chmod(0o644)
    assert f"can be read by everybody on this machine: chmod o= {users}" in run_relay(
        "check", str(file)
    ).output.replace("\n", " ")


def test_check_says_where_users_are_asked_for_and_never_prints_the_secret(
    run_relay: Any, tmp_path: Path
) -> None:
    file = tmp_path / "relay.toml"
    file.write_text(
        "[webhook]\nurl = 'https://users.example.org/'\nsecret = 'hunter2hunter2hunter2'\n"
    )
    result = run_relay("check", str(file))
    assert result.exit_code == 0
    assert "https://users.example.org/, 3 s, kept 60 s" in result.output
    assert "hunter2" not in result.output


def test_check_names_the_line_of_a_users_file_that_is_wrong(run_relay: Any, tmp_path: Path) -> None:
    users, file = tmp_path / "users", tmp_path / "relay.toml"
    users.write_text("alice:password:wonder\nbob:hunter2\n")
    file.write_text(f"users-file = '{users}'\n")
    result = run_relay("check", str(file))
    assert result.exit_code == 1
    assert "users: line 2: expected NAME:password:PASSWORD or" in result.output
    assert "hunter2" not in result.output


def test_check_says_that_a_long_realm_makes_the_relay_an_amplifier(
    run_relay: Any, tmp_path: Path
) -> None:
    file = tmp_path / "relay.toml"
    for letters, is_told in ((20, False), (21, True)):
        file.write_text(f"realm = '{'r' * letters}'\n[users]\nalice = 'wonder'\n")
        result = run_relay("check", str(file))
        assert result.exit_code == 0
        assert ("2.67 times its bytes" in result.output.replace("\n", " ")) == is_told
