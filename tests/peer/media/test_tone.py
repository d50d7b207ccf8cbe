"""The tone has the frequency that it says, without a click between frames."""

import array
import itertools
from typing import Any

import pytest

from nat.simulator import Simulation
from peer.media import tone


@pytest.mark.parametrize("frequency", [440, 1000, 777])
def test_a_second_has_as_many_waves_as_it_says(frequency: int) -> None:
    async def read() -> Any:
        track, samples = tone(frequency), array.array("h")
        for number in range(50):
            frame = await track.recv()
            assert frame.pts == number * 960
            samples.frombytes(bytes(frame.planes[0])[: 960 * 2])
        return samples

    samples = Simulation(0).run(read())
    rising = sum(1 for a, b in itertools.pairwise(samples) if a < 0 <= b)
    assert abs(rising - frequency) <= 1
    steepest = max(abs(b - a) for a, b in itertools.pairwise(samples))
    assert steepest <= 2 * 3.15 * frequency / 48_000 * 8_000 + 2


def test_a_frequency_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="not 24000"):
        tone(24_000)
