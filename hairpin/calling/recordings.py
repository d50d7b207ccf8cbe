"""A file for each member who is recorded."""

import asyncio
import threading
from pathlib import Path

from hairpin.calling.names import another, file_name
from peer.media import Recording, record

#: Pixels of the shorter side of pictures: browsers begin with small ones and let them grow.
_LEAST = 720


class Recordings:
    """The files of one call: the first member's has the name that was given, others have theirs in it.

    Args:
        file: The name that was given.

    Raises:
        ConfigurationError: It cannot be written, or its extension tells no format.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._names = {file.name}
        self._naming = threading.Lock()
        self._first: Recording | None = self._recording(file)
        self._open: list[Recording] = []
        #: The files that were finished and have something in them.
        self.written: list[Path] = []

    def begin(self, name: str) -> Recording:
        """The file for a member who has come.

        Raises:
            ConfigurationError: It cannot be written.
        """
        recording, self._first = self._first, None
        if recording is None:
            wanted = file_name(f"{self._file.stem}-{name}{self._file.suffix}")
            recording = self._recording(self._name(wanted))
        self._open.append(recording)
        return recording

    async def end(self, recording: Recording) -> None:
        """Finish a file."""
        if recording in self._open:
            self._open.remove(recording)
        await recording.close()
        if recording.frames:
            self.written += recording.files

    async def close(self) -> None:
        """Finish all of them."""
        if self._first is not None:
            self._open.append(self._first)
            self._first = None
        await asyncio.gather(*(self.end(each) for each in tuple(self._open)))

    def _recording(self, file: Path) -> Recording:
        """A file, and further ones of its name with a number."""
        return record(file, least=_LEAST, further=lambda: self._name(file.name))

    def _name(self, wanted: str) -> Path:
        """A name that no other file of this call has."""
        with self._naming:  # further files are named in the threads that write them
            chosen = another(wanted, self._names)
            self._names.add(chosen)
        return self._file.with_name(chosen)
