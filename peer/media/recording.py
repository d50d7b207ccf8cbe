"""Tracks into a file that is finished properly, however its block is left."""

import asyncio
import fractions
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from peer.errors import MediaError

_RATE = 48_000
_VIDEO_CLOCK = 90_000
#: How long the first frames of all tracks are waited for; a track that begins later is left out.
_PATIENCE = 2.0
#: How long further tracks are waited for, since no stream can be added to a file later.
_TOGETHER = 0.5
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


class _Strand:
    """One track's way into the file."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.stream: Any = None
        self.began: float | None = None
        self.first: float = 0.0
        self.last = -1

    def time_of(self, frame: Any, now: float, since: float) -> float:
        """When a frame belongs in the file: as far from the track's first one as it says."""
        if self.began is None:
            self.began, self.first = now - since, frame.time or 0.0
        return max(0.0, self.began + (frame.time or 0.0) - self.first)


class Recording:
    """A file that tracks are written to, while its `async with` block lasts.

    Args:
        file: Its name; the extension says the format: .mp4, .mkv, .webm, .ogg or .wav.

    Raises:
        MediaError: The format is not known, or the file cannot be written.
    """

    def __init__(self, file: str | os.PathLike[str]) -> None:
        self.file = Path(file)
        try:
            self._video_codec, self._audio_codec = _CODECS[self.file.suffix.lower()]
        except KeyError:
            known = ", ".join(_CODECS)
            raise MediaError(
                f"cannot record to {self.file}: the extension is none of {known}"
            ) from None
        try:
            with self.file.open("wb"):  # FFmpeg opens it with the first packet
                pass
            self._container = av.open(os.fspath(self.file), "w")
        except (OSError, av.FFmpegError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise MediaError(f"cannot record to {self.file}: {reason}") from error
        self._tasks: dict[asyncio.Task[None], _Strand] = {}
        self._waiting: list[tuple[_Strand, Any, float]] = []
        self._since: float | None = None
        self._writing = asyncio.Lock()
        self._begun = False
        self._closed = False
        #: Frames written.
        self.frames = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def takes(self, kind: str) -> bool:
        """Whether the format has a place for tracks of this kind."""
        return kind == "audio" or self._video_codec is not None

    def add(self, track: MediaStreamTrack) -> None:
        """Record a track from now on. One that is read elsewhere, too, is given through `share`.

        Raises:
            MediaError: The format has no pictures.
        """
        if not self.takes(track.kind):
            raise MediaError(f"{self.file.suffix} files have no pictures: use .mp4 or .webm")
        strand = _Strand(track.kind)
        task = asyncio.create_task(self._record(track, strand))
        self._tasks[task] = strand

    async def finished(self) -> None:
        """Wait until every track has ended."""
        while pending := [task for task in self._tasks if not task.done()]:
            await asyncio.wait(pending)

    async def close(self) -> None:
        """Finish the file; what was recorded until now can be played."""
        if self._closed:
            return
        self._closed = True
        for task in self._tasks:
            task.cancel()
        try:
            # Even when this is cancelled the encoder's thread is waited for: it has the file.
            await asyncio.shield(asyncio.ensure_future(self._settle()))
        finally:
            self._finish()

    async def _settle(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _record(self, track: MediaStreamTrack, strand: _Strand) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            now = loop.time()
            if self._since is None:
                self._since = now
            at = strand.time_of(frame, now, self._since)
            async with self._writing:
                # A thread encodes; a cancellation lets it end first.
                work = loop.run_in_executor(None, self._take, strand, frame, at)
                try:
                    await asyncio.shield(work)
                except asyncio.CancelledError:
                    await asyncio.wait([work])
                    raise

    # In a thread, one frame at a time

    def _take(self, strand: _Strand, frame: Any, at: float) -> None:
        if self._begun:
            if strand.stream is not None:
                self._encode(strand, frame, at)
            return
        self._waiting.append((strand, frame, at))
        strands = set(self._tasks.values())
        complete = {waiting[0] for waiting in self._waiting} == strands and at >= _TOGETHER
        if complete or at > _PATIENCE:
            self._begin()

    def _begin(self) -> None:
        """All streams must be known before the first packet: those that have a frame are."""
        self._begun = True
        for strand, frame, _ in self._waiting:
            if strand.stream is None:
                strand.stream = self._add_stream(strand.kind, frame)
        waiting, self._waiting = self._waiting, []
        for strand, frame, at in waiting:
            self._encode(strand, frame, at)

    def _add_stream(self, kind: str, frame: Any) -> Any:
        if kind == "audio":
            sound: Any = self._container.add_stream(self._audio_codec, rate=_RATE)
            sound.codec_context.layout = "stereo"
            return sound
        assert self._video_codec is not None
        stream: Any = self._container.add_stream(
            self._video_codec, rate=30, options=_FAST.get(self._video_codec, {})
        )
        stream.width, stream.height = frame.width & ~1, frame.height & ~1
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = fractions.Fraction(1, _VIDEO_CLOCK)
        return stream

    def _encode(self, strand: _Strand, frame: Any, at: float) -> None:
        if strand.kind == "video":
            frame = self._fit(strand.stream, frame)
            frame.pts, frame.time_base = (
                round(at * _VIDEO_CLOCK),
                fractions.Fraction(1, _VIDEO_CLOCK),
            )
        else:
            frame.pts = round(at * frame.sample_rate)
            frame.time_base = fractions.Fraction(1, frame.sample_rate)
        if frame.pts <= strand.last:
            frame.pts = strand.last + 1  # two that came at once
        strand.last = frame.pts
        self.frames += 1
        for packet in strand.stream.encode(frame):
            self._container.mux(packet)

    def _fit(self, stream: Any, frame: av.VideoFrame) -> av.VideoFrame:
        """A remote may change the size of its pictures; a file has one."""
        size = (stream.width, stream.height)
        if (frame.width, frame.height) != size or frame.format.name != "yuv420p":
            return frame.reformat(*size, format="yuv420p")
        return frame

    def _finish(self) -> None:
        if not self._begun and self._waiting:
            self._begin()
        for strand in self._tasks.values():
            if strand.stream is not None:
                for packet in strand.stream.encode(None):
                    self._container.mux(packet)
        self._container.close()
        if not self._begun:
            self.file.unlink(missing_ok=True)  # nothing came, and an empty file plays nowhere


def record(file: str | os.PathLike[str]) -> Recording:
    """A file for tracks: `async with record("call.mp4") as recording: recording.add(track)`.

    Raises:
        MediaError: The format is not known, or the file cannot be written.
    """
    return Recording(file)
