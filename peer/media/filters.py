"""Tracks in front of tracks: one that can be muted, one with fewer frames."""

from typing import Any

import av
from aiortc import MediaStreamTrack

_SILENT_CHROMA = 128
_BLACK = 16


class Mutable(MediaStreamTrack):
    """A track that is black, or silent, while `enabled` is false, as the W3C's are.

    Args:
        source: What it shows else.
    """

    def __init__(self, source: MediaStreamTrack) -> None:
        super().__init__()
        self.kind = source.kind
        self._source = source
        #: Whether the source is seen and heard.
        self.enabled = True

    async def recv(self) -> Any:
        """The source's next frame, or as long a nothing."""
        frame: Any = await self._source.recv()
        if self.enabled:
            return frame
        return silence(frame) if isinstance(frame, av.AudioFrame) else black(frame)

    def stop(self) -> None:
        """Stop it and its source."""
        super().stop()
        self._source.stop()


class _FewerFrames(MediaStreamTrack):
    def __init__(self, source: MediaStreamTrack, rate: float) -> None:
        super().__init__()
        self.kind = source.kind
        self._source = source
        self._interval = 1 / rate
        self._next: float | None = None

    async def recv(self) -> Any:
        while True:
            frame: Any = await self._source.recv()
            if frame.time is None:
                return frame
            # A tenth earlier will do: clocks of sources are not exact.
            if self._next is None or frame.time >= self._next - self._interval / 10:
                self._next = max(frame.time, (self._next or 0.0)) + self._interval
                return frame

    def stop(self) -> None:
        super().stop()
        self._source.stop()


def limit_framerate(track: MediaStreamTrack, rate: float) -> MediaStreamTrack:
    """A video track with at most so many frames a second (the W3C's `maxFramerate`)."""
    if rate <= 0:
        raise ValueError(f"a rate is more than 0 frames a second, not {rate}")
    return _FewerFrames(track, rate)


def black(frame: av.VideoFrame) -> av.VideoFrame:
    """A black picture of the same size and time."""
    dark = av.VideoFrame(frame.width, frame.height, "yuv420p")
    for plane, value in zip(dark.planes, (_BLACK, _SILENT_CHROMA, _SILENT_CHROMA), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    dark.pts = frame.pts
    if frame.time_base is not None:
        dark.time_base = frame.time_base
    return dark


def silence(frame: av.AudioFrame) -> av.AudioFrame:
    """A silence of the same length and time."""
    quiet = av.AudioFrame(format="s16", layout=frame.layout.name, samples=frame.samples)
    for plane in quiet.planes:
        plane.update(bytes(plane.buffer_size))
    quiet.pts, quiet.sample_rate = frame.pts, frame.sample_rate
    if frame.time_base is not None:
        quiet.time_base = frame.time_base
    return quiet
