"""A picture in a frame of another size: as large as it fits, undistorted, with black around it."""

import av

_SILENT_CHROMA = 128
_BLACK = 16
_NEARLY = 0.99


def fit(frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """Scale a picture until it fits, and put it in the middle.

    Args:
        frame: Of any size and format.
        width: Of the new one, pixels, even.
        height: Of the new one, pixels, even.

    Returns:
        A picture in yuv420p, without a time; the same one where nothing is to be done.
    """
    inner = inner_size(frame.width, frame.height, width, height)
    if (frame.width, frame.height) != inner or frame.format.name != "yuv420p":
        frame = frame.reformat(*inner, format="yuv420p")
    return frame if inner == (width, height) else _framed(frame, width, height)


def inner_size(width: int, height: int, most_width: int, most_height: int) -> tuple[int, int]:
    """The largest even size of the same shape that fits; where one in a hundred is missing, the whole."""
    scale = min(most_width / width, most_height / height)
    return _even(width * scale, most_width), _even(height * scale, most_height)


def _even(wanted: float, most: int) -> int:
    near = max(2, 2 * round(wanted / 2))
    return most if near >= _NEARLY * most else near


def _framed(frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    made = av.VideoFrame(width, height, "yuv420p")
    for index, (into, of) in enumerate(zip(made.planes, frame.planes, strict=True)):
        into.update(bytes(_plane(into, of, _SILENT_CHROMA if index else _BLACK)))
    return made


def _plane(into: av.video.plane.VideoPlane, of: av.video.plane.VideoPlane, blank: int) -> bytearray:
    """The bytes of a plane that has another one in its middle."""
    filled = bytearray([blank]) * into.buffer_size
    left, top = (into.width - of.width) // 2, (into.height - of.height) // 2
    rows = memoryview(of)
    for row in range(of.height):
        start = (top + row) * into.line_size + left
        begin = row * of.line_size
        filled[start : start + of.width] = rows[begin : begin + of.width]
    return filled
