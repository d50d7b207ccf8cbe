"""ICE events are values."""

import dataclasses
from typing import get_args

import pytest

from peer.engine.events import GatheringEnded, IceEvent


@pytest.mark.parametrize("event", get_args(IceEvent))
def test_every_event_is_a_frozen_value_with_a_docstring(event: type) -> None:
    assert dataclasses.is_dataclass(event)
    assert event.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert event.__doc__


def test_equal_events_are_equal() -> None:
    assert GatheringEnded() == GatheringEnded()
