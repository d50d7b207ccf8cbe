"""Tests of `nat.simulator.errors`: the errors of the simulator: a world that cannot be, a run that cannot go on."""

import pytest

from nat import simulator


@pytest.mark.parametrize("name", [one for one in simulator.__all__ if one.endswith("Error")])
def test_every_error_of_the_simulator_is_caught_by_its_root(name):
    assert issubclass(getattr(simulator, name), simulator.SimulationError)
