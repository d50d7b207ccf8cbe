"""A test picture that moves, and from which a receiver reads which frame it was.

Bars of colour wander to the left. Above them the frame's number stands twice: in digits for people,
and in black and white blocks, which survive any codec, for `read_number`. Beside the digits stand
the time of the day and a label, if there is one.
"""

import fractions
import time
from functools import lru_cache

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from peer.media import glyphs
from peer.media.clock import Pace

_CLOCK_RATE = 90_000
_TIME_BASE = fractions.Fraction(1, _CLOCK_RATE)
_BITS, _CHECK_BITS = 20, 4
_CELLS = _BITS + _CHECK_BITS
_BLACK, _WHITE, _HALF = 16, 235, 126
# The colour bars of ITU-R BT.801 at 75 %: luma, blue and red difference.
_BARS = (
    (180, 128, 128),
    (162, 44, 142),
    (131, 156, 44),
    (112, 72, 58),
    (84, 184, 198),
    (65, 100, 212),
    (35, 212, 114),
)
#: Seven segments: left, top, right, bottom in cells of a digit that is 4 wide and 7 high.
_SEGMENTS = {
    "a": (0, 0, 4, 1),
    "b": (3, 0, 4, 4),
    "c": (3, 3, 4, 7),
    "d": (0, 6, 4, 7),
    "e": (0, 3, 1, 7),
    "f": (0, 0, 1, 4),
    "g": (0, 3, 4, 4),
}
_DIGITS = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg"]


class TestPattern(MediaStreamTrack):
    """The moving test picture.

    Args:
        width: Pixels, even, at least 160.
        height: Pixels, even, at least 120.
        rate: Frames a second.
        label: What stands beside the number, after the time; nothing, nor the time, if it is `None`.
    """

    kind = "video"
    __test__ = False  # no test case, whatever pytest thinks of the name

    def __init__(
        self, width: int = 640, height: int = 480, rate: int = 30, label: str | None = None
    ) -> None:
        if width < 160 or height < 120 or width % 2 or height % 2 or not 0 < rate <= 120:
            raise ValueError(
                "a test pattern has an even width of 160 or more, an even height of 120 or more,"
                f" and 1 to 120 frames a second, not {width}, {height} and {rate}"
            )
        super().__init__()
        self._size = (width, height)
        self._rate = rate
        self._label = None if label is None else glyphs.drawable(label)
        self._pace = Pace(1 / rate)

    async def recv(self) -> av.VideoFrame:
        """The next picture, when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        number = await self._pace.next()
        label = self._label
        said = "" if label is None else f"{time.strftime('%H:%M:%S')} {label}".rstrip()
        frame = draw(number, *self._size, said)
        frame.pts = number * _CLOCK_RATE // self._rate
        frame.time_base = _TIME_BASE
        return frame


def test_pattern(
    width: int = 640,  # noqa: PT028 - no test
    height: int = 480,  # noqa: PT028
    rate: int = 30,  # noqa: PT028
    label: str | None = None,  # noqa: PT028
) -> TestPattern:
    """A moving picture with a counter that `read_number` reads, and with the time and a label."""
    return TestPattern(width, height, rate, label)


test_pattern.__test__ = False  # type: ignore[attr-defined]


def draw(number: int, width: int, height: int, said: str = "") -> av.VideoFrame:
    """The picture with a number, and something drawable beside it."""
    frame = av.VideoFrame(width, height, "yuv420p")
    shift = (number * 4) % width & ~1
    head = height // 5
    luma = bytearray(_head(number, width, head, said))
    for plane, (scale, component) in enumerate(((1, 0), (2, 1), (2, 2))):
        row_size, rows = width // scale, height // scale
        bars = _bars(row_size, component)
        row = bars[shift // scale : shift // scale + row_size]
        above = bytes(luma) if plane == 0 else bytes([128]) * (row_size * (head // 2))
        body = above + row * (rows - len(above) // row_size)
        _fill(frame.planes[plane], body, row_size, rows)
    return frame


def read_number(frame: av.VideoFrame) -> int | None:
    """The number that stands in a picture, or `None` when none can be read."""
    if frame.format.name != "yuv420p":
        frame = frame.reformat(format="yuv420p")
    plane = frame.planes[0]
    data = memoryview(plane)
    cell = frame.width // _CELLS
    line = (frame.height // 5 // 4) * plane.line_size
    value = 0
    for index in range(_CELLS):
        at = line + cell * index + cell // 2
        value = value << 1 | (data[at] > _HALF)
    number, check = value >> _CHECK_BITS, value & ((1 << _CHECK_BITS) - 1)
    return number if check == _check(number) else None


def _check(number: int) -> int:
    """Four bits that a picture of something else has by chance once in sixteen; never all black."""
    total = 0b1001
    while number:
        total ^= number & 0xF
        number >>= 4
    return total


def _head(number: int, width: int, height: int, said: str) -> bytes:
    """The luma above the bars: blocks, and below them digits."""
    number %= 1 << _BITS
    value = number << _CHECK_BITS | _check(number)
    cell = width // _CELLS
    cells = (value >> (_CELLS - 1 - index) & 1 for index in range(_CELLS))
    blocks = b"".join(bytes([_WHITE if bit else _BLACK]) * cell for bit in cells)
    blocks += bytes([_BLACK]) * (width - len(blocks))
    upper = height // 2
    unit = max(1, (height - upper - 2) // 7)
    lower = bytearray(_beside(said, width, height - upper, unit))
    for place, digit in enumerate(f"{number:07d}"):
        _draw_digit(lower, width, unit, int(digit), unit * (2 + 6 * place))
    return blocks * upper + bytes(lower)


@lru_cache(maxsize=16)
def _beside(said: str, width: int, height: int, unit: int) -> bytes:
    """The lower half of the head, as far as it stays the same for a second; what has no room is cut off."""
    pixels = bytearray([_BLACK]) * (width * height)
    left = unit * (2 + 6 * 7 + 4)
    fitting = max(0, (width - left) // (unit * (glyphs.WIDTH + 1)))
    for column, row in glyphs.cells(said[:fitting]):
        for y in range((row * unit) + 1, (row + 1) * unit + 1):
            at = y * width + left + column * unit
            pixels[at : at + unit] = bytes([_WHITE]) * unit
    return bytes(pixels)


def _draw_digit(pixels: bytearray, width: int, unit: int, digit: int, left: int) -> None:
    for segment in _DIGITS[digit]:
        x0, y0, x1, y1 = (edge * unit for edge in _SEGMENTS[segment])
        for y in range(y0, y1):
            at = (y + 1) * width + left
            if left + x1 <= width and (y + 2) * width <= len(pixels):
                pixels[at + x0 : at + x1] = bytes([_WHITE]) * (x1 - x0)


@lru_cache(maxsize=16)
def _bars(width: int, component: int) -> bytes:
    """A row of bars, twice, so that any shift of it is a slice."""
    size = -(-width // len(_BARS))
    row = b"".join(bytes([bar[component]]) * size for bar in _BARS)[:width]
    return row * 2


def _fill(plane: av.video.plane.VideoPlane, pixels: bytes, width: int, height: int) -> None:
    """Put rows into a plane, whose lines may be longer."""
    padding = plane.line_size - width
    if padding:
        gap = bytes(padding)
        pixels = b"".join(
            part for y in range(height) for part in (pixels[y * width : (y + 1) * width], gap)
        )
    plane.update(pixels + bytes(plane.buffer_size - len(pixels)))
