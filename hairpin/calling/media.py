"""What a call sends: the test pattern and the tone, or a file, drawn and read once for everybody."""

import weakref
from pathlib import Path

from aiortc import MediaStreamTrack

from hairpin.calling.plan import Picture
from hairpin.calling.switch import Switch
from peer import Session
from peer.media import Source, limit_framerate, play, share, test_pattern, tone


class Media:
    """The tracks that every member is sent.

    Args:
        play_file: What to send instead of the pattern.
        picture: The pattern's size and rate.
        label: What stands in the pattern.
        sends: Whether a pattern is sent where there is no file.

    Raises:
        ConfigurationError: The file cannot be read.
    """

    def __init__(
        self, play_file: Path | None, picture: Picture, label: str, *, sends: bool
    ) -> None:
        self._picture = picture
        self._sent: weakref.WeakKeyDictionary[Session, dict[str, Switch]]
        self._sent = weakref.WeakKeyDictionary()
        self._source: Source | None = None
        self._tracks: dict[str, MediaStreamTrack] = {}
        if play_file is not None:
            self._source = play(play_file)
            self._tracks = {track.kind: track for track in self._source.tracks}
        elif sends:
            pattern = test_pattern(picture.width, picture.height, picture.rate, label)
            self._tracks = {"audio": tone(), "video": pattern}

    def equip(self, session: Session) -> None:
        """Send a session tracks of its own."""
        made = self._sent[session] = {
            kind: Switch(kind, lambda track=track: share(track))  # type: ignore[misc]
            for kind, track in self._tracks.items()
        }
        for track in made.values():
            session.add_track(track)

    def echo(self, session: Session, track: MediaStreamTrack | None, kind: str) -> None:
        """Send a member its own track, or with `None` what it is sent else."""
        sent = self._sent.setdefault(session, {})
        if kind in sent:
            sent[kind].use(None if track is None else self._back(track))
        elif track is not None:
            sent[kind] = Switch(kind, lambda: self._back(track))
            session.add_track(sent[kind])

    def _back(self, track: MediaStreamTrack) -> MediaStreamTrack:
        if track.kind == "audio":
            return share(track)
        return limit_framerate(share(track), self._picture.rate)

    def stop(self) -> None:
        """End the tracks."""
        if self._source is not None:
            self._source.close()
        for track in self._tracks.values():
            track.stop()
