"""Files, cameras and screens as tracks: a thread reads, and what nobody takes in time is dropped.

aiortc's player queues without bound what is not read, and waits on the event loop for its thread to
end. Here queues are short, and closing tells the thread to end without waiting for a device.
"""

import asyncio
import errno
import fractions
import os
import sys
import threading
import time
from typing import Any

import av

from peer.errors import MediaError
from peer.media.buffered import BufferedTrack
from peer.media.devices import Input, camera_input, screen_input

_KEPT = 30
_RATE = 48_000
_CLOCK_RATE = 90_000
_NAP = 0.01


class SourceTrack(BufferedTrack):
    """The pictures, or the sound, of a source."""

    def __init__(self, source: "Source", kind: str) -> None:
        super().__init__(kind, _KEPT)
        self._source = source
        #: Whether anybody reads it: else its frames are not kept.
        self.wanted = False

    def want(self) -> None:
        """Begin to read the source."""
        self.wanted = True
        self._source.start()

    def stop(self) -> None:
        """Stop it; the source ends with the last of its tracks."""
        super().stop()
        self._source.track_stopped()


class Source:
    """A file or a device. Its reading begins with the first `recv()` of a track.

    Args:
        file: What FFmpeg opens.
        repeat: Whether a file begins anew at its end.

    Raises:
        MediaError: It cannot be opened, or has neither pictures nor sound.
    """

    def __init__(self, file: Input, *, repeat: bool = False) -> None:
        self._container = _open(file)
        self._live = bool(file.format)
        self._repeat = repeat
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        kinds = {stream.type for stream in self._container.streams}
        #: The pictures, if it has any.
        self.video = SourceTrack(self, "video") if "video" in kinds else None
        #: The sound, if it has any.
        self.audio = SourceTrack(self, "audio") if "audio" in kinds else None
        if not self.tracks:
            self._container.close()
            raise MediaError(f"{file.file} has neither pictures nor sound")

    @property
    def tracks(self) -> tuple[SourceTrack, ...]:
        """Its tracks."""
        return tuple(track for track in (self.video, self.audio) if track is not None)

    def start(self) -> None:
        """Begin to read."""
        if self._thread is None and not self._ended.is_set():
            reader = _Reader(self, self._container, asyncio.get_running_loop())
            self._thread = threading.Thread(target=reader.run, name="media-source", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End it; its thread, if it is in the middle of reading, follows."""
        for track in self.tracks:
            if track.readyState == "live":
                track.stop()
        self._end()

    def track_stopped(self) -> None:
        """One of its tracks was stopped."""
        if all(track.readyState != "live" for track in self.tracks):
            self._end()

    def _end(self) -> None:
        began = self._thread is not None
        if not self._ended.is_set():
            self._ended.set()
            if not began:
                self._container.close()  # else the thread does, which may be reading

    @property
    def is_live(self) -> bool:
        """Whether it is a device, whose frames come when they come."""
        return self._live

    @property
    def repeats(self) -> bool:
        """Whether it begins anew at its end."""
        return self._repeat

    def wait_ended(self, seconds: float) -> bool:
        """Wait, in its thread, for its end; whether it has come."""
        return self._ended.wait(seconds) if seconds > 0 else self._ended.is_set()


class _Reader:
    """What the thread does: read, decode, wait for the time of each frame, hand over."""

    def __init__(self, source: Source, container: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._source = source
        self._container = container
        self._loop = loop
        self._began: float | None = None
        self._offset = 0.0
        self._last = 0.0
        self._first: float | None = None
        self._resampler = av.AudioResampler("s16", "stereo", _RATE, frame_size=_RATE // 50)
        self._samples: int | None = None

    def run(self) -> None:
        try:
            while not self._source.wait_ended(0):
                if not self._read_through() or not self._source.repeats:
                    break
                self._container.seek(0)
                self._offset = self._last + 1 / 30
                self._samples = None
        except av.FFmpegError:
            pass  # the device is gone, or the file broken from here on
        finally:
            for track in self._source.tracks:
                self._hand_over(track, None)
            self._container.close()

    def _read_through(self) -> bool:
        """Play to the end; whether it was reached."""
        streams = [s for s in self._container.streams if s.type in {"audio", "video"}]
        frames = self._container.decode(*streams)
        while True:
            try:
                frame = next(frames)
            except StopIteration:
                return True
            except av.FFmpegError as error:
                if error.errno != errno.EAGAIN:
                    raise
                if self._source.wait_ended(_NAP):
                    return False
                frames = self._container.decode(*streams)
                continue
            if not self._play(frame):
                return False

    def _play(self, frame: Any) -> bool:
        if isinstance(frame, av.VideoFrame):
            return frame.pts is None or self._hand_over_at(self._source.video, frame, frame.time)
        begins = 0.0 if frame.time is None else frame.time
        for part in self._resampler.resample(frame):
            if self._samples is None:
                self._samples = round((begins + self._offset) * _RATE)
            part.pts, part.time_base = self._samples, fractions.Fraction(1, _RATE)
            self._samples += part.samples
            if not self._hand_over_at(self._source.audio, part, part.pts / _RATE - self._offset):
                return False
        return True

    def _hand_over_at(self, track: SourceTrack | None, frame: Any, at: float) -> bool:
        """Wait for a frame's time and hand it over; whether to go on."""
        at += self._offset
        now = time.monotonic()
        if self._began is None:
            self._began = now - at
        self._last = max(self._last, at)
        if not self._source.is_live and self._source.wait_ended(self._began + at - now):
            return False
        if isinstance(frame, av.VideoFrame):
            frame.pts = round((at - self._origin(at)) * _CLOCK_RATE)
            frame.time_base = fractions.Fraction(1, _CLOCK_RATE)
        if track is not None and track.wanted:
            self._hand_over(track, frame)
        return not self._source.wait_ended(0)

    def _origin(self, at: float) -> float:
        """A camera's clock does not begin at 0, a file's does."""
        if self._first is None:
            self._first = at if self._source.is_live else 0.0
        return self._first

    def _hand_over(self, track: SourceTrack, frame: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(track.offer, frame)
        except RuntimeError:  # the loop is closed
            self._source.close()


def play(file: str | os.PathLike[str], *, repeat: bool = False) -> Source:
    """A file as `source.video` and `source.audio`, played at its own speed.

    Raises:
        MediaError: It cannot be opened; the message says why.
    """
    return Source(Input(os.fspath(file), ""), repeat=repeat)


def camera(device: str | None = None) -> Source:
    """The platform's camera, or the one of that name.

    Raises:
        MediaError: There is none, or it cannot be opened; the message says what is missing.
    """
    return Source(camera_input(sys.platform, device))


def screen(rate: int = 15) -> Source:
    """The screen, so many times a second.

    Raises:
        MediaError: There is none, or it cannot be opened; the message says what is missing.
    """
    return Source(screen_input(sys.platform, os.environ, rate))


def _open(file: Input) -> Any:
    try:
        return av.open(file.file, "r", format=file.format or None, options=dict(file.options))
    except (OSError, ValueError, av.FFmpegError) as error:
        if file.format and not _is_known(file.format):
            text = f"this build of FFmpeg has no devices of the kind {file.format}"
            raise MediaError(text) from error
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(f"cannot open {file.file}: {reason}") from error


def _is_known(kind: str) -> bool:
    try:
        av.format.ContainerFormat(kind, "r")
    except ValueError:
        return False
    return True
