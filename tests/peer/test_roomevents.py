"""Events of a room are values that say whom they are about."""

import dataclasses

import pytest

from peer import roomevents


@pytest.mark.parametrize("kind", roomevents.RoomEvent.__args__)
def test_every_event_is_a_frozen_value_that_says_who_or_why(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    names = {field.name for field in dataclasses.fields(kind)}
    assert names & {"member", "reason"} or kind in {
        roomevents.SignalingBack,
        roomevents.ServersRenewed,
    }
