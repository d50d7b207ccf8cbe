"""A program is an orphan when the process that signed it is gone."""

import os
import subprocess

import pytest

from nat.kernel import orphans


def sleeper(signature: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        ["sleep", "1000"], env={**os.environ, orphans.OWNER_VARIABLE: signature}
    )


@pytest.mark.parametrize(
    "signature",
    [orphans.owner(), "", "nobody:1", str(os.getpid())],
    ids=["living", "empty", "nobody's", "without start"],
)
def test_a_program_with_a_living_owner_or_none_of_ours_is_left_alone(signature: str) -> None:
    with sleeper(signature) as process:
        assert process.pid not in list(orphans.find())
        process.kill()


@pytest.mark.parametrize(
    "signature", [f"{os.getpid()}:1", "4194999:5"], ids=["of an earlier life", "gone"]
)
def test_a_program_whose_owner_is_gone_is_found_and_ended(
    signature: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is signed by a process of an earlier life with the id of this one."""
    with sleeper(signature) as process:
        found = list(orphans.find())
        assert process.pid in found
        monkeypatch.setattr(orphans, "find", lambda: iter([process.pid]))
        assert orphans.end() == 1
        assert process.wait() == -9


def test_a_process_that_is_gone_has_no_start() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert not orphans._lives(f"{process.pid}:0")
