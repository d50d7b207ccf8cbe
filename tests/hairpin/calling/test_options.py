"""Every option of `hairpin call` says what it does."""

from typing import get_args

import pytest

from hairpin.calling import options

NAMES = [name for name in vars(options) if name.endswith(("Option", "Argument"))]


@pytest.mark.parametrize("name", NAMES)
def test_an_option_has_a_sentence(name: str) -> None:
    _, told = get_args(getattr(options, name))
    assert told.help
    assert told.help.endswith((".", ").")) or "For --turn" in told.help


def test_they_are_all_there() -> None:
    assert len(NAMES) > 12
