"""A picture fits a frame of another size, and is as round there as it was."""

import av
import pytest

from peer.media.filters import black
from peer.media.fitting import fit, inner_size


@pytest.mark.parametrize(
    ("size", "room", "expected"),
    [
        ((640, 480), (1280, 720), (960, 720)),
        ((720, 1280), (1280, 720), (404, 720)),
        ((320, 180), (1280, 720), (1280, 720)),
        ((1280, 722), (1280, 720), (1280, 720)),
        ((161, 121), (160, 120), (160, 120)),
        ((4000, 2), (160, 120), (160, 2)),
    ],
)
def test_it_is_as_large_as_it_fits(
    size: tuple[int, int], room: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert inner_size(*size, *room) == expected


def test_what_fits_is_not_touched() -> None:
    frame = av.VideoFrame(160, 120, "yuv420p")
    assert fit(frame, 160, 120) is frame


def test_around_it_is_black() -> None:
    white = black(av.VideoFrame(100, 100, "yuv420p"))
    white.planes[0].update(b"\xeb" * white.planes[0].buffer_size)
    made = fit(white, 160, 80)
    assert (made.width, made.height) == (160, 80)
    grey, line = bytes(made.planes[0]), made.planes[0].line_size
    assert [grey[40 * line + x] for x in (0, 30, 129, 159)] == [16] * 4
    assert min(grey[y * line + 80] for y in (0, 40, 79)) > 220
    assert set(bytes(made.planes[1])[: 8 * made.planes[1].line_size]) == {128}
