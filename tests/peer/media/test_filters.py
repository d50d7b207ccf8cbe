"""Muting and leaving out frames."""

import pytest

from nat.simulator import Simulation
from peer.media import Mutable, limit_framerate, read_number, test_pattern, tone


def test_a_muted_picture_is_black_and_goes_on_in_time() -> None:
    async def read() -> None:
        track = Mutable(test_pattern(160, 120))
        assert read_number(await track.recv()) == 0
        track.enabled = False
        frame = await track.recv()
        assert read_number(frame) is None
        assert frame.time == pytest.approx(1 / 30, abs=1e-4)
        assert max(bytes(frame.planes[0])) == 16
        track.enabled = True
        assert read_number(await track.recv()) == 2
        track.stop()
        assert track.readyState == "ended"

    Simulation(0).run(read())


def test_a_muted_tone_is_silent() -> None:
    async def read() -> None:
        track = Mutable(tone())
        track.enabled = False
        frame = await track.recv()
        assert not any(bytes(frame.planes[0]))
        assert (frame.samples, frame.sample_rate) == (960, 48_000)

    Simulation(0).run(read())


@pytest.mark.parametrize(("rate", "count"), [(10, 10), (15, 15), (30, 30), (60, 30)])
def test_no_more_frames_a_second_than_said(rate: int, count: int) -> None:
    async def read() -> int:
        track = limit_framerate(test_pattern(160, 120, rate=30), rate)
        taken = 0
        while (await track.recv()).time < 2.0:
            taken += 1
        track.stop()
        return taken

    assert abs(Simulation(0).run(read()) - 2 * count) <= 1


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="not 0"):
        limit_framerate(tone(), 0)
