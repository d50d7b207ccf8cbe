"""Asking a server: what is printed, and one line where it says no."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import typer

from hairpin.asking import asking, print_json


class NoError(Exception):
    pass


@contextmanager
def connecting(why: str = "") -> Iterator[str]:
    if why:
        raise NoError(why)
    yield "a client"


def test_whoever_is_connected_can_ask() -> None:
    with asking(connecting(), NoError) as client:
        assert client == "a client"


@pytest.mark.parametrize(
    ("said", "printed"), [("not today", "not today."), ("Is it up?", "Is it up?"), ("No.", "No.")]
)
def test_who_cannot_be_asked_is_one_sentence_with_status_1(
    capsys: pytest.CaptureFixture[str], said: str, printed: str
) -> None:
    with pytest.raises(typer.Exit) as ended, asking(connecting(said), NoError):
        pass
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err.split(maxsplit=1)[-1].strip() == printed


def test_a_no_that_comes_later_is_told_as_well_and_our_own_mistakes_are_not_hidden() -> None:
    with pytest.raises(typer.Exit), asking(connecting(), NoError):
        raise NoError("no")
    with pytest.raises(ZeroDivisionError), asking(connecting(), NoError):
        raise ZeroDivisionError


def test_a_document_is_printed_to_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"version": 1, "rooms": ()})
    assert capsys.readouterr().out == '{\n  "version": 1,\n  "rooms": []\n}\n'
