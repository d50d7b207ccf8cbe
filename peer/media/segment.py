"""One file of a recording: its streams are known when it begins, and its pictures have one size."""

import fractions
import os
from pathlib import Path
from typing import Any

import av

from peer.errors import MediaError
from peer.media.fitting import fit

_RATE = 48_000
_VIDEO_CLOCK = 90_000
#: Codecs for pictures and for sound, by the file's extension.
_CODECS: dict[str, tuple[str | None, str]] = {
    ".mp4": ("libx264", "aac"),
    ".mkv": ("libx264", "aac"),
    ".webm": ("libvpx", "libopus"),
    ".ogg": (None, "libopus"),
    ".wav": (None, "pcm_s16le"),
}
_FAST = {
    "libx264": {"preset": "ultrafast", "tune": "zerolatency"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
}


class Segment:
    """A file that is open.

    Args:
        file: Its name; the extension says the format.

    Raises:
        MediaError: The format is not known, or the file cannot be written.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._video_codec, self._audio_codec = _CODECS[file.suffix.lower()]
        except KeyError:
            known = ", ".join(_CODECS)
            raise MediaError(f"cannot record to {file}: the extension is none of {known}") from None
        try:
            with file.open("wb"):  # FFmpeg opens it with the first packet
                pass
            self._container = av.open(os.fspath(file), "w")
        except (OSError, av.FFmpegError) as error:
            raise self._told(error) from error
        #: When its first frame was, in seconds since the recording began.
        self.since = 0.0
        self._lines: dict[object, _Line] = {}
        self._finished = False
        self._has_begun = False
        self._failure: MediaError | None = None

    @property
    def has_pictures(self) -> bool:
        """Whether the format has a place for pictures."""
        return self._video_codec is not None

    def has(self, who: object) -> bool:
        """Whether there is a stream for that track."""
        return who in self._lines

    def open_sound(self, who: object) -> None:
        """Make a stream for a track of sound."""
        sound: Any = self._container.add_stream(self._audio_codec, rate=_RATE)
        sound.codec_context.layout = "stereo"
        self._lines[who] = _Line(sound)

    def open_pictures(self, who: object, size: tuple[int, int]) -> None:
        """Make a stream for a track of pictures; all of them get that size, which is even."""
        assert self._video_codec is not None
        stream: Any = self._container.add_stream(
            self._video_codec, rate=30, options=_FAST.get(self._video_codec, {})
        )
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = fractions.Fraction(1, _VIDEO_CLOCK)
        self._lines[who] = _Line(stream)

    def write(self, who: object, frame: Any, at: float) -> None:
        """Encode a frame.

        Args:
            who: Its track, for which there is a stream.
            frame: Sound or a picture.
            at: Its time in seconds since the recording began.

        Raises:
            MediaError: It cannot be encoded or written.
        """
        line = self._lines[who]
        at = max(0.0, at - self.since)
        if isinstance(frame, av.VideoFrame):
            frame = fit(frame, line.stream.width, line.stream.height)
            clock = _VIDEO_CLOCK
        else:
            clock = frame.sample_rate
        frame.time_base = fractions.Fraction(1, clock)
        frame.pts = line.last = max(line.last + 1, round(at * clock))  # two may come at once
        self._encode(line.stream, frame)

    def finish(self) -> None:
        """Write what is still in the encoders, and close; a file in which nothing is goes.

        Raises:
            MediaError: Its end cannot be written; it is closed all the same.
        """
        if self._finished:
            return
        self._finished = True
        try:
            for line in self._lines.values():
                self._encode(line.stream, None)
        finally:
            self._close()
        if not self._lines:
            self.file.unlink(missing_ok=True)  # an empty file plays nowhere

    def _encode(self, stream: Any, frame: Any) -> None:
        """Once something has failed nothing more is tried: FFmpeg ends the process then."""
        if self._failure is not None:
            raise self._failure
        try:
            for packet in stream.encode(frame):
                self._container.mux(packet)
                self._has_begun = True
        except av.FFmpegError as error:
            self._failure = self._told(error)
            raise self._failure from error

    def _close(self) -> None:
        if self._failure is not None and not self._has_begun:
            return  # no header, so that no end can be written, either
        try:
            self._container.close()
        except av.FFmpegError as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> MediaError:
        reason = getattr(error, "strerror", None) or str(error)
        return MediaError(f"cannot record to {self.file}: {reason}")


class _Line:
    """A stream, and the time of its last frame."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.last = -1
