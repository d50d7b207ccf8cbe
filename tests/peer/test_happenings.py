"""What an application is told are values: they compare, and nobody changes them."""

import dataclasses

import pytest

from peer import happenings
from peer.happenings import End, EndKind, ProblemTold, SignalingChanged


@pytest.mark.parametrize("kind", [*happenings.Happening.__args__, End])
def test_every_happening_is_a_frozen_value(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert kind.__doc__


def test_happenings_compare_by_what_they_say() -> None:
    assert ProblemTold("x") == ProblemTold("x")
    assert SignalingChanged(up=True) != SignalingChanged(up=False)
    assert End(EndKind.LEFT, "x") != End(EndKind.LOST, "x")
