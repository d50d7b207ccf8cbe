"""Secrets: as they are, in files, in the environment."""

import pytest

from signaling.faults import SettingsError
from signaling.operation.secretsource import LARGEST, SecretSource


def test_a_secret_is_found_wherever_it_is_said_to_be(tmp_path):
    file = tmp_path / "secret"
    file.write_text("hunter2 of the file\n")
    environment = {"S": "hunter2 of the environment"}
    assert SecretSource("s").read(environment) is None
    assert SecretSource("s", "hunter2").read(environment) == "hunter2"
    assert SecretSource("s", file=str(file)).read(environment) == "hunter2 of the file"
    assert SecretSource("s", variable="S").read(environment) == "hunter2 of the environment"


def test_one_that_is_not_there_is_one_sentence_without_it(tmp_path):
    empty, binary, huge = tmp_path / "e", tmp_path / "b", tmp_path / "h"
    empty.write_text("\n")
    binary.write_bytes(b"\xff hunter2")
    huge.write_text("hunter2" * LARGEST)
    for source, words in (
        (SecretSource("s", "hunter2", "f"), "s: expected one of s, s-file and s-env"),
        (SecretSource("s", variable="NONE"), "s-env: no variable NONE is set"),
        (SecretSource("s", file=str(tmp_path / "none")), "none: No such file"),
        (SecretSource("s", file=str(tmp_path)), "Is a directory"),
        (SecretSource("s", ""), "s: expected a secret, got an empty one"),
        (SecretSource("s", file=str(empty)), "got an empty one"),
        (SecretSource("s", file=str(binary)), "expected a line of text"),
        (SecretSource("s", file=str(huge)), "expected a line of text"),
    ):
        with pytest.raises(SettingsError, match=words) as refused:
            source.read({})
        assert "hunter2" not in str(refused.value)


def test_it_shows_no_secret():
    assert "hunter2" not in repr(SecretSource("s", "hunter2"))
