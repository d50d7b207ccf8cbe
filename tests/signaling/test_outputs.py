"""Outputs are values: equal when they say the same, and not to be changed."""

import pytest

from signaling.codes import CloseCode
from signaling.outputs import Close, Deliver


def test_outputs_that_say_the_same_are_equal():
    assert Deliver("c", b"{}") == Deliver("c", b"{}")
    assert Close("c", CloseCode.NORMAL, "bye") != Close("d", CloseCode.NORMAL, "bye")


def test_outputs_cannot_be_changed():
    with pytest.raises(AttributeError):
        Deliver("c", b"{}").cid = "d"
