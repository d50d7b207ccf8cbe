"""The state that request handlers share."""

from dataclasses import FrozenInstanceError

import pytest


def test_handlers_and_core_share_one_registry_and_one_set_of_counters(client):
    state = client.world.relay.state
    client.allocate()
    assert len(state.registry) == 1
    assert state.counters is client.world.relay.live_counters
    assert state.counters.allocations_opened == 1


def test_parts_cannot_be_exchanged(world):
    with pytest.raises(FrozenInstanceError):
        world.relay.state.settings = None
