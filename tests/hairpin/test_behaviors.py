"""NATs as options name them."""

import pytest
import typer

import nat
from hairpin.behaviors import behavior_of


def test_a_nat_is_named_and_without_a_name_it_is_a_port_restricted_cone() -> None:
    assert behavior_of("symmetric", "--nat-a") == nat.SYMMETRIC
    assert behavior_of(None, "--nat-a") == nat.PORT_RESTRICTED_CONE


def test_what_names_none_is_refused_with_the_option_that_said_it() -> None:
    with pytest.raises(typer.BadParameter, match="conical") as refused:
        behavior_of("conical", "--nat-b")
    assert refused.value.param_hint == "--nat-b"
