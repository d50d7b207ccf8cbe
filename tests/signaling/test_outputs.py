"""Outputs are values: equal when they say the same, and not to be changed."""

import dataclasses

import pytest

from signaling.codes import CloseCode
from signaling.messages import Pong
from signaling.outputs import Close, Deliver


def test_outputs_that_say_the_same_are_equal():
    assert Deliver("s", Pong(id=1)) == Deliver("s", Pong(id=1))
    assert Close("s", CloseCode.NORMAL, "bye") != Close("t", CloseCode.NORMAL, "bye")


def test_outputs_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Deliver("s", Pong()).sid = "t"
