"""What to send without a camera, a test pattern, a tone or a file, and where to put what comes."""

import asyncio
import fractions
import math
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import aiortc
import av
from aiortc.contrib.media import MediaBlackhole, MediaPlayer, MediaRecorder, MediaRelay

from peer.errors import ConfigurationError

WIDTH, HEIGHT, FRAMES_A_SECOND = 320, 180, 15
_CLOCK = 90_000
_RATE, _SAMPLES, _PITCH, _LOUDNESS = 8000, 160, 400, 3000
#: Luma and chroma of the eight bars of a television's test pattern.
_BARS = (
    (180, 128, 128),
    (162, 44, 142),
    (131, 156, 44),
    (112, 72, 58),
    (84, 184, 198),
    (65, 100, 212),
    (35, 212, 114),
    (16, 128, 128),
)


class TestPattern(aiortc.VideoStreamTrack):
    """Eight coloured bars that move to the left."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self._start = 0.0
        lines = [
            bytes(bar[plane] for bar in _BARS for _ in range(WIDTH // 8)) for plane in range(3)
        ]
        self._lines = (lines[0], lines[1][::2], lines[2][::2])

    async def recv(self) -> av.VideoFrame:
        """The next frame, when its time has come."""
        if self._number == 0:
            self._start = time.monotonic()
        due = self._start + self._number / FRAMES_A_SECOND
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, line in zip(frame.planes, self._lines, strict=True):
            shift = self._number * 4 * len(line) // WIDTH % len(line)
            turned = line[shift:] + line[:shift]
            plane.update(turned.ljust(plane.line_size, b"\0") * plane.height)
        frame.pts = self._number * _CLOCK // FRAMES_A_SECOND
        frame.time_base = fractions.Fraction(1, _CLOCK)
        self._number += 1
        return frame


class Tone(aiortc.AudioStreamTrack):
    """A quiet tone of 400 Hz, whose period fits the packets."""

    _SOUND = struct.pack(
        f"<{_SAMPLES}h",
        *(int(_LOUDNESS * math.sin(math.tau * _PITCH * n / _RATE)) for n in range(_SAMPLES)),
    )

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms."""
        frame = await super().recv()
        assert isinstance(frame, av.AudioFrame)
        for plane in frame.planes:
            plane.update(self._SOUND)
        return frame


def pattern() -> tuple[aiortc.MediaStreamTrack, ...]:
    """A picture and a sound without camera or microphone."""
    return TestPattern(), Tone()


def play(path: Path) -> tuple[aiortc.MediaStreamTrack, ...]:
    """The tracks of an audio or video file, in its own time.

    Raises:
        ConfigurationError: It cannot be read, or has neither sound nor picture.
    """
    try:
        player = MediaPlayer(str(path))
    except (OSError, av.FFmpegError) as error:
        raise ConfigurationError(f"cannot play {path}: {error.strerror or error}") from None
    tracks = tuple(track for track in (player.video, player.audio) if track is not None)
    if not tracks:
        raise ConfigurationError(f"cannot play {path}: it has neither sound nor picture")
    return tracks


class Sink(Protocol):
    """Takes tracks that come in; whoever takes none lets memory grow."""

    def addTrack(self, track: aiortc.MediaStreamTrack) -> None:  # noqa: N802 - aiortc's name
        """Take a track."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End; a file is whole afterwards."""


def record(path: Path) -> Sink:
    """A file to record to, in the format that its name tells.

    Raises:
        ConfigurationError: It cannot be written, or its name tells no format.
    """
    if not path.parent.is_dir():
        raise ConfigurationError(f"cannot record to {path}: there is no such folder")
    try:
        sink: Sink = MediaRecorder(str(path))
    except (OSError, ValueError, av.FFmpegError) as error:
        said = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"cannot record to {path}: {said}") from None
    return sink


def discard() -> Sink:
    """Nowhere."""
    sink: Sink = MediaBlackhole()
    return sink


def copier() -> Callable[[aiortc.MediaStreamTrack], aiortc.MediaStreamTrack]:
    """Makes copies of tracks that can be sent on while the original is taken elsewhere."""
    relay = MediaRelay()
    return relay.subscribe
