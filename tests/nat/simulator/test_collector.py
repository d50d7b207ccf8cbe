"""Tests of `nat.simulator.collector`: the garbage collector while a run lasts."""

import gc

import pytest

from nat.simulator import Simulation
from nat.simulator.collector import YOUNG


@pytest.fixture(autouse=True)
def thresholds():
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


async def threshold():
    return gc.get_threshold()


async def fail():
    raise ZeroDivisionError


def test_it_looks_rarely_while_a_run_lasts_and_as_before_afterwards():
    gc.set_threshold(700, 9, 8)
    assert Simulation().run(threshold()) == (YOUNG, 9, 8)
    assert gc.get_threshold() == (700, 9, 8)
    with pytest.raises(ZeroDivisionError):
        Simulation().run(fail())
    assert gc.get_threshold() == (700, 9, 8)


@pytest.mark.parametrize("own", [(0, 10, 10), (YOUNG + 1, 10, 10)])
def test_who_has_switched_it_off_or_calmed_it_more_is_left_alone(own):
    gc.set_threshold(*own)
    assert Simulation().run(threshold()) == own
