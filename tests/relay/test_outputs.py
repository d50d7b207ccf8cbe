"""Outputs are values: they can be compared, and not be changed on their way to the shell."""

from dataclasses import FrozenInstanceError
from typing import get_args

import pytest

from relay.outputs import News, Output, SendToPeer
from stunwire import Address


@pytest.mark.parametrize("kind", get_args(Output))
def test_every_output_is_frozen(kind):
    assert kind.__dataclass_params__.frozen


def test_an_output_cannot_be_changed():
    output = SendToPeer(1, Address("192.0.2.1", 5), b"x")
    with pytest.raises(FrozenInstanceError):
        output.data = b"y"


def test_news_is_a_part_of_what_the_core_puts_out():
    assert set(get_args(News)) < set(get_args(Output))
