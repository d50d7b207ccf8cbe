"""A key file that changes while the server runs."""

import pytest

from signaling.faults import KeyFileError
from signaling.identity.keyfile import KeyFile

OLD, NEW = b"o" * 32, b"n" * 32


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(OLD)
    return path


def test_a_change_is_seen_after_a_moment_and_not_before(path):
    clock = Clock()
    file = KeyFile(path, clock=clock, interval=1.0)
    path.write_bytes(NEW * 2)
    clock.now = 0.9
    assert file.keys()[0].material == OLD
    clock.now = 1.0
    assert file.keys()[0].material == NEW * 2


def test_while_the_file_is_bad_the_old_keys_go_on_and_the_problem_is_told(path, caplog):
    caplog.set_level("INFO")
    clock = Clock()
    file = KeyFile(path, clock=clock)
    path.write_bytes(b"hunter2")
    clock.now = 1.0
    assert file.keys()[0].material == OLD
    assert "at least 32 bytes" in (file.problem or "")
    assert "hunter2" not in (file.problem or "")
    clock.now = 1.5
    file.keys()
    path.unlink()
    clock.now = 2.5
    assert file.keys()[0].material == OLD
    assert "No such file" in (file.problem or "")
    path.write_bytes(NEW)
    clock.now = 3.5
    assert file.keys()[0].material == NEW
    assert file.problem is None
    bad, none, good = caplog.messages
    assert bad.startswith(f"the keys stay as they were: {path}: expected a secret")
    assert "hunter2" not in bad
    assert none.endswith("No such file or directory")
    assert good == f"the keys have been read from {path}"


def test_at_first_it_must_be_good(path, tmp_path):
    path.write_bytes(b"short")
    with pytest.raises(KeyFileError, match=r"key: expected a secret"):
        KeyFile(path)
    with pytest.raises(KeyFileError, match=r"none: No such file"):
        KeyFile(tmp_path / "none")
    with pytest.raises(KeyFileError, match="Is a directory"):
        KeyFile(tmp_path)
