"""An outgoing track whose source can be changed while it is sent, without another negotiation."""

import asyncio
import fractions
from collections.abc import Callable
from typing import Any

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from peer.framebuffer import FrameBuffer

_KEPT = {"audio": 10, "video": 2}
_VIDEO_CLOCK = 90_000
_RATE = 48_000
_SAMPLES = 960
#: Samples by which sound may be behind the clock before the gap is told to the other side.
_BEHIND = _RATE // 5


class Switch(MediaStreamTrack):
    """What one member is sent.

    Frames are copied before they are dated, since other readers have them as well.

    Args:
        kind: `audio` or `video`.
        default: Gives the source that is sent when no other is.
    """

    def __init__(self, kind: str, default: Callable[[], MediaStreamTrack]) -> None:
        super().__init__()
        self.kind = kind
        self._default = default
        self._source: MediaStreamTrack | None = None
        self._pump: asyncio.Task[None] | None = None
        self._frames = FrameBuffer(_KEPT[kind])
        self._began: float | None = None
        self._next = 0

    def use(self, source: MediaStreamTrack | None) -> None:
        """Send this from now on; `None` for the default."""
        reading = self._pump is not None
        self._let_go()
        self._source = source
        if reading and self.readyState == "live":
            self._start()

    async def recv(self) -> Any:
        """The next frame."""
        if self.readyState != "live":
            raise MediaStreamError
        if self._pump is None:
            self._start()
        frame = await self._frames.get()
        if frame is None:
            self.stop()
            raise MediaStreamError
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        return self._dated(frame, now - self._began)

    def stop(self) -> None:
        """End it, and the reading of its source."""
        if self.readyState == "live":
            self._let_go()
            self._frames.put_nowait(None)
        super().stop()

    def _start(self) -> None:
        if self._source is None:
            self._source = self._default()
        self._pump = asyncio.create_task(self._read(self._source))

    def _let_go(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None
        if self._source is not None:
            self._source.stop()
            self._source = None

    async def _read(self, source: MediaStreamTrack) -> None:
        same = av.AudioResampler("s16", "stereo", _RATE, frame_size=_SAMPLES)
        while True:
            try:
                frame: Any = await source.recv()
            except MediaStreamError:
                self._frames.put_nowait(None)
                return
            if isinstance(frame, av.AudioFrame):
                for part in same.resample(frame):
                    self._frames.put_nowait(part)
            else:
                self._frames.put_nowait(frame)

    def _dated(self, frame: Any, elapsed: float) -> Any:
        if self.kind == "video":
            frame = copied(frame)
            frame.pts = max(self._next, round(elapsed * _VIDEO_CLOCK))
            frame.time_base = fractions.Fraction(1, _VIDEO_CLOCK)
            self._next = frame.pts + 1
            return frame
        due = round(elapsed * _RATE)
        frame.pts = due if due > self._next + _BEHIND else self._next
        frame.time_base = fractions.Fraction(1, _RATE)
        self._next = frame.pts + frame.samples
        return frame


def copied(frame: av.VideoFrame) -> av.VideoFrame:
    """A picture of one's own."""
    if frame.format.name != "yuv420p":
        return frame.reformat(format="yuv420p")
    own = av.VideoFrame(frame.width, frame.height, "yuv420p")
    if any(a.buffer_size != b.buffer_size for a, b in zip(frame.planes, own.planes, strict=True)):
        return frame.reformat(format="rgb24").reformat(format="yuv420p")
    for theirs, ours in zip(frame.planes, own.planes, strict=True):
        ours.update(memoryview(theirs))  # type: ignore[arg-type]  # any buffer will do
    return own
