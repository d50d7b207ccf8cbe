"""What a call sends and what becomes of what comes: pattern, file, echo, recording."""

from pathlib import Path

from peer import MediaStreamTrack, Session
from peer.media import Recording, Source, play, record, share, test_pattern, tone


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
        self._source: Source | None = None
        self._tracks: tuple[MediaStreamTrack, ...] = ()
        if play_file is not None:
            self._source = play(play_file)
            self._tracks = self._source.tracks
        elif sends:
            self._tracks = (test_pattern(320, 180, rate=15), tone())
        self._recording: Recording | None = None if record_file is None else record(record_file)
        self._echoes = echoes
        #: Tracks that came.
        self.received = 0

    def send(self, session: Session) -> None:
        """Send the tracks."""
        for track in self._tracks:
            session.add_track(track)

    async def take(self, session: Session) -> None:
        """Take what comes, until the session ends; what nobody takes is dropped by the track."""
        async for track in session.tracks():
            self.received += 1
            if self._recording is not None:
                self._recording.add(share(track))
            if self._echoes:
                session.add_track(share(track))

    async def stop(self) -> None:
        """End the tracks, and the file that was recorded."""
        if self._source is not None:
            self._source.close()
        for track in self._tracks:
            track.stop()
        if self._recording is not None:
            await self._recording.close()
