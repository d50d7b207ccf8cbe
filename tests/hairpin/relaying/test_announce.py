"""What a relay says as soon as it serves."""

from typing import Any


def test_without_users_or_secrets_it_serves_stun_only_and_says_so(start_relay: Any) -> None:
    with start_relay() as process:
        assert "STUN only" in process.read_line()
        assert "nobody can relay" in process.read_line()
        process.stop()
    assert process.popen.returncode == 0
