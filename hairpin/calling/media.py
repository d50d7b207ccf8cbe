"""What a call sends and what becomes of what comes: pattern, file, echo, recording."""

import asyncio
import contextlib
from pathlib import Path

from peer import MediaStreamTrack, Session
from peer.playing import Sink, copier, discard, pattern, play, record

#: Seconds after the first track until recording begins: a file cannot take another one later.
TOGETHER = 0.5


class Media:
    """One call's tracks.

    Args:
        play_file: What to send instead of the pattern.
        record_file: Where to record what comes.
        sends: Whether a pattern is sent where there is no file.
        echoes: Whether what comes is sent back.

    Raises:
        ConfigurationError: A file cannot be read or written.
    """

    def __init__(
        self, play_file: Path | None, record_file: Path | None, *, sends: bool, echoes: bool
    ) -> None:
        self._tracks: tuple[MediaStreamTrack, ...] = ()
        if play_file is not None:
            self._tracks = play(play_file)
        elif sends:
            self._tracks = pattern()
        self._sink: Sink = discard() if record_file is None else record(record_file)
        self._copy = copier()
        self._echoes = echoes
        #: Tracks that came.
        self.received = 0

    def send(self, session: Session) -> None:
        """Send the tracks."""
        for track in self._tracks:
            session.add_track(track)

    async def take(self, session: Session) -> None:
        """Take what comes, until the session ends."""
        starting: asyncio.Task[None] | None = None
        try:
            async for track in session.tracks():
                self.received += 1
                self._sink.addTrack(self._copy(track))
                if self._echoes:
                    session.add_track(self._copy(track))
                if starting is None:
                    starting = asyncio.create_task(self._start())
            await asyncio.get_running_loop().create_future()  # until the call ends
        finally:
            if starting is not None:
                starting.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await starting

    async def _start(self) -> None:
        await asyncio.sleep(TOGETHER)
        await self._sink.start()

    async def stop(self) -> None:
        """End the tracks, and the file that was recorded."""
        for track in self._tracks:
            track.stop()
        await self._sink.stop()
