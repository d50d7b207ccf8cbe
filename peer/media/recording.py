"""Tracks into a file that is finished properly, however its block is left.

No stream can be added to a file that has begun, and its pictures have one size. So a track that comes later, and a
picture that is larger than those before, begin a further file: `call.mp4`, `call-2.mp4` and so on. Each plays by itself,
and nothing is left out.
"""

import asyncio
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from peer.errors import MediaError
from peer.media.segment import Segment

#: How long the first frames of all tracks are waited for before the file begins without the rest.
_PATIENCE = 2.0
#: How long further tracks are waited for.
_TOGETHER = 0.5
#: What waits to be written at most: ten seconds of sound, and so many pictures. A machine that encodes too slowly
#: leaves out pictures, and no sound as long as it can.
_SOUNDS, _PICTURES = 500, 15

Size = tuple[int, int]
_NONE: Size = (0, 0)
#: Pixels that a side of a file's pictures has at least and at most: the other side sends what it likes, and encoders
#: take no size that comes of it.
_SMALLEST, _LARGEST = 16, 4096

_logger = logging.getLogger(__name__)


class _Strand:
    """One track's way into the files."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.began: float | None = None
        self.first: float = 0.0
        #: What the pictures of a file have room for; it only grows.
        self.size = _NONE
        self.is_over = False

    def time_of(self, frame: Any, now: float, since: float) -> float:
        """When a frame belongs in the recording: as far from the track's first one as it says."""
        if self.began is None:
            self.began, self.first = now - since, frame.time or 0.0
        return max(0.0, self.began + (frame.time or 0.0) - self.first)

    def grow(self, frame: Any, least: int) -> bool:
        """Make room for a picture; whether there was none before.

        Args:
            frame: It.
            least: Pixels that the shorter side has at least.
        """
        if self.kind != "video":
            return False
        shorter = min(frame.width, frame.height)
        scale = max(1.0, least / shorter) if self.size == _NONE else 1.0
        width, height = (
            2 * int(min(max(side * scale, _SMALLEST), _LARGEST) / 2)
            for side in (frame.width, frame.height)
        )
        before, self.size = self.size, (max(width, self.size[0]), max(height, self.size[1]))
        return self.size != before


_Waiting: TypeAlias = tuple[_Strand, Any, float]


class Recording:
    """A file that tracks are written to, and further ones where need be, while its `async with` block lasts.

    Args:
        file: Its name; the extension says the format: .mp4, .mkv, .webm, .ogg or .wav.
        least: Pixels that the shorter side of its pictures has at least, whatever the first one has. Browsers
            begin with small pictures and let them grow.
        further: Names the further files; by default with a number, `call-2.mp4`.

    Raises:
        MediaError: The format is not known, or the file cannot be written.
    """

    def __init__(
        self,
        file: str | os.PathLike[str],
        *,
        least: int = 0,
        further: Callable[[], Path] | None = None,
    ) -> None:
        self.file = Path(file)
        self._least = least
        self._further = further or self._numbered
        self._segment = Segment(self.file)
        #: The files that were begun, in their order.
        self.files = [self.file]
        self._tasks: dict[asyncio.Task[None], _Strand] = {}
        self._waiting: list[_Waiting] = []
        self._since: float | None = None
        self._sounds: deque[_Waiting] = deque(maxlen=_SOUNDS)
        self._pictures: deque[_Waiting] = deque(maxlen=_PICTURES)
        self._came = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._holding = threading.Lock()
        self._finished = False
        self._given_up: set[_Strand] = set()
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
        return kind == "audio" or self._segment.has_pictures

    def add(self, track: MediaStreamTrack) -> None:
        """Record a track from now on. One that is read elsewhere, too, is given through `share`.

        Raises:
            MediaError: The format has no pictures.
        """
        if not self.takes(track.kind):
            raise MediaError(f"{self.file.suffix} files have no pictures: use .mp4 or .webm")
        strand = _Strand(track.kind)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        task = asyncio.create_task(self._record(track, strand))
        self._tasks[task] = strand

    async def finished(self) -> None:
        """Wait until every track has ended."""
        while pending := [task for task in self._tasks if not task.done()]:
            await asyncio.wait(pending)
        await self._write_all()

    async def close(self) -> None:
        """Finish the file; what was recorded until now can be played."""
        if self._closed:
            return
        self._closed = True
        for task in self._tasks:
            task.cancel()
        try:
            await asyncio.shield(asyncio.ensure_future(self._settle()))
        finally:
            self._finish()

    async def _settle(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._writer is not None:
            await self._write_all()

    async def _record(self, track: MediaStreamTrack, strand: _Strand) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                strand.is_over = True
                return
            now = loop.time()
            if self._since is None:
                self._since = now
            line = self._pictures if strand.kind == "video" else self._sounds
            line.append((strand, frame, strand.time_of(frame, now, self._since)))
            self._came.set()

    async def _write_all(self) -> None:
        """Wait until what has come is written, and write no more."""
        writer, self._writer = self._writer, None
        self._came.set()
        if writer is not None:
            await asyncio.wait([writer])

    async def _write(self) -> None:
        """Write what comes: all sound that waits, then a picture, so that no picture holds up the sound."""
        loop = asyncio.get_running_loop()
        while self._writer is not None or self._sounds or self._pictures:
            await self._came.wait()
            if not (self._sounds or self._pictures):
                self._came.clear()
                continue
            batch = [*self._sounds, *([self._pictures.popleft()] if self._pictures else [])]
            self._sounds.clear()
            await loop.run_in_executor(None, self._take_each, batch)

    # In a thread, one frame at a time

    def _take_each(self, batch: list[_Waiting]) -> None:
        for strand, frame, at in batch:
            with self._holding:
                if self._finished:
                    return  # there was no time for more
                self._take_if_possible(strand, frame, at)

    def _take_if_possible(self, strand: _Strand, frame: Any, at: float) -> None:
        if strand in self._given_up:
            return
        try:
            self._take(strand, frame, at)
        except MediaError as error:
            self._give_up(strand, error)

    def _give_up(self, strand: _Strand, error: MediaError) -> None:
        _logger.warning("a track is recorded no longer: %s", error)
        self._given_up.add(strand)

    def _take(self, strand: _Strand, frame: Any, at: float) -> None:
        has_grown = strand.grow(frame, self._least)
        if self._begun:
            if has_grown or not self._segment.has(strand):
                self._go_on(at)
            self._put(strand, frame, at)
            return
        self._waiting.append((strand, frame, at))
        complete = {waiting[0] for waiting in self._waiting} == set(self._tasks.values())
        if (complete and at >= _TOGETHER) or at > _PATIENCE:
            self._begin()

    def _begin(self) -> None:
        """All streams must be known before the first packet: those that have a frame are."""
        self._begun = True
        self._open_streams(0.0)
        waiting, self._waiting = self._waiting, []
        for strand, frame, at in waiting:
            if strand not in self._given_up:
                try:
                    self._put(strand, frame, at)
                except MediaError as error:
                    self._give_up(strand, error)

    def _go_on(self, since: float) -> None:
        """Begin a further file; where that cannot be, the one that is open goes on for the others."""
        following = Segment(self._further())
        self._finish_segment()
        self._segment = following
        self.files.append(following.file)
        self._open_streams(since)

    def _open_streams(self, since: float) -> None:
        """A stream for each track of which something has come, and which goes on."""
        self._segment.since = since
        for strand in tuple(self._tasks.values()):
            if strand.began is None or (strand.is_over and since > 0):
                continue
            if strand.kind == "audio":
                self._segment.open_sound(strand)
            elif strand.size != _NONE:
                self._segment.open_pictures(strand, strand.size)

    def _put(self, strand: _Strand, frame: Any, at: float) -> None:
        self._segment.write(strand, frame, at)
        self.frames += 1

    def _numbered(self) -> Path:
        number = len(self.files) + 1
        return self.file.with_name(f"{self.file.stem}-{number}{self.file.suffix}")

    def _finish(self) -> None:
        """Whoever was cancelled while the thread writes waits for one frame, and no longer."""
        with self._holding:
            self._finished = True
            if not self._begun and self._waiting:
                self._begin()
            self._finish_segment()

    def _finish_segment(self) -> None:
        try:
            self._segment.finish()
        except MediaError as error:
            _logger.warning("the end of a recording is missing: %s", error)


def record(
    file: str | os.PathLike[str], *, least: int = 0, further: Callable[[], Path] | None = None
) -> Recording:
    """A file for tracks: `async with record("call.mp4") as recording: recording.add(track)`.

    Args:
        file: Its name.
        least: Pixels that the shorter side of its pictures has at least.
        further: Names the further files.

    Raises:
        MediaError: The format is not known, or the file cannot be written.
    """
    return Recording(file, least=least, further=further)
