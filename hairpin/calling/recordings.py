"""A file for each member who is recorded."""

import asyncio
from pathlib import Path

from hairpin.calling.names import another, file_name
from peer.media import Recording, record


class Recordings:
    """The files of one call: the first member's has the name that was given, others have theirs in it.

    Args:
        file: The name that was given.

    Raises:
        ConfigurationError: It cannot be written, or its extension tells no format.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._first: Recording | None = record(file)
        self._names = {file.name}
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
            chosen = another(wanted, self._names)
            recording = record(self._file.with_name(chosen))
            self._names.add(chosen)
        self._open.append(recording)
        return recording

    async def end(self, recording: Recording) -> None:
        """Finish a file."""
        if recording in self._open:
            self._open.remove(recording)
        await recording.close()
        if recording.frames:
            self.written.append(recording.file)

    async def close(self) -> None:
        """Finish all of them."""
        if self._first is not None:
            self._open.append(self._first)
            self._first = None
        await asyncio.gather(*(self.end(each) for each in tuple(self._open)))
