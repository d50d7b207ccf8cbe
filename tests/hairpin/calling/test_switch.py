"""A track whose source changes while it is read: times go on, and sources that are not sent are not drawn."""

import contextlib
import itertools
from typing import Any

import pytest
from aiortc.mediastreams import MediaStreamError

from hairpin.calling.switch import Switch, copied
from nat.simulator import Simulation
from peer.media import read_number, share, test_pattern, tone
from peer.media.pattern import draw


def test_pictures_change_and_their_times_go_on() -> None:
    small, large = test_pattern(160, 120, 15), test_pattern(320, 180, 15)

    async def main() -> list[Any]:
        switch = Switch("video", lambda: share(small))
        frames = [await switch.recv() for _ in range(5)]
        switch.use(share(large))
        frames += [await switch.recv() for _ in range(5)]
        switch.use(None)
        frames += [await switch.recv() for _ in range(5)]
        switch.stop()
        with pytest.raises(MediaStreamError):
            await switch.recv()
        return frames

    frames = Simulation(seed=1).run(main())
    assert {frame.width for frame in frames} == {160, 320}
    assert frames[-1].width == 160
    times = [frame.time for frame in frames]
    assert times == sorted(set(times))
    assert 0.7 < times[-1] < 1.5


def test_two_who_are_sent_one_source_do_not_touch_each_other_s_times() -> None:
    pattern = test_pattern(160, 120, 15)

    async def main() -> tuple[Any, Any]:
        one, other = (Switch("video", lambda: share(pattern)) for _ in range(2))
        first = await one.recv()
        second = await other.recv()
        one.stop()
        other.stop()
        return first, second

    first, second = Simulation(seed=1).run(main())
    assert first is not second
    assert read_number(first) is not None


def test_sound_of_any_form_becomes_one_form_and_a_pause_is_told() -> None:
    quiet = tone()

    async def main() -> list[Any]:
        switch = Switch("audio", lambda: share(quiet))
        return [await switch.recv() for _ in range(10)]

    frames = Simulation(seed=1).run(main())
    assert {(f.format.name, f.layout.name, f.sample_rate) for f in frames} == {
        ("s16", "stereo", 48_000)
    }
    steps = {b.pts - a.pts for a, b in itertools.pairwise(frames)}
    assert steps == {960}


def test_a_source_that_ends_ends_the_track() -> None:
    async def main() -> None:
        pattern = test_pattern(160, 120, 15)
        switch = Switch("video", lambda: share(pattern))
        await switch.recv()
        pattern.stop()
        with contextlib.suppress(MediaStreamError):
            for _ in range(5):
                await switch.recv()
        assert switch.readyState == "ended"

    Simulation(seed=1).run(main())


@pytest.mark.parametrize("form", ["yuv420p", "rgb24"])
def test_a_copy_shows_the_same(form: str) -> None:
    frame = draw(1234, 320, 180)
    copy = copied(frame.reformat(format=form))
    assert copy is not frame
    assert read_number(copy) == 1234
