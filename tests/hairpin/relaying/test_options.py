"""The flags, and the document they make."""

from dataclasses import fields
from typing import Any

import pytest
import typer

from hairpin.relaying.options import Flags
from relay.configuration import Document


def test_a_user_without_a_password_is_a_wrong_argument(run_relay: Any) -> None:
    result = run_relay("--user", "alice")
    assert result.exit_code == 2
    assert "NAME:PASSWORD" in result.output


def test_flags_that_are_not_given_say_nothing() -> None:
    assert Flags().document() == Document()


def test_every_flag_is_in_the_document() -> None:
    given: dict[str, Any] = {
        one.name: ["a:b"] if "list" in str(one.type) else True if one.default is False else "7"
        for one in fields(Flags)
    }
    for name, value in given.items():
        assert Flags(**{name: value}).document() != Document(), name


def test_a_command_takes_every_flag_as_an_option(run_relay: Any) -> None:
    shown = run_relay("--help").output
    for one in fields(Flags):
        assert f"--{one.name.replace('_', '-')}" in shown


def test_secrets_are_not_in_the_text_of_flags() -> None:
    assert "hunter2" not in repr(Flags(user=["alice:hunter2"], secret=["hunter2"]))


def test_a_name_that_is_empty_is_a_wrong_argument() -> None:
    with pytest.raises(typer.BadParameter, match="NAME:PASSWORD"):
        Flags(user=[":x"]).document()
