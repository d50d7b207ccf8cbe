"""On which line of a TOML file a table or a key stands; the standard library's parser forgets it."""

import re
from typing import Final

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*[\w\"'-]+)*)\s*=")


class Lines:
    """The lines of one file.

    Places are paths such as `nat.home-a.filtering` or `event[2].at`; counting begins at 0.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        table = ""
        for number, line in enumerate(text.splitlines(), 1):
            if header := _HEADER.fullmatch(line):
                table = self._enter(header[1], _plain(header[2]))
                self._note(table, number)
            elif key := _KEY.match(line):
                path = _plain(key[1])
                self._lines.setdefault(f"{table}.{path}" if table else path, number)

    def find(self, place: str) -> int | None:
        """The line of a place, or of the smallest table around it that stands in the file."""
        while place not in self._lines:
            place, dot, _ = place.rpartition(".")
            if not dot:
                return None
        return self._lines[place]

    def _note(self, table: str, number: int) -> None:
        """A table, and those around it that have no header of their own so far."""
        while table:
            self._lines.setdefault(table, number)
            table = table.rpartition(".")[0]

    def _enter(self, bracket: str, path: str) -> str:
        if bracket == "[":
            return path
        count = self._counts.get(path, 0)
        self._counts[path] = count + 1
        return f"{path}[{count}]"


def _plain(key: str) -> str:
    """A dotted key without its quotes and blanks."""
    return re.sub(r"\s*\.\s*", ".", key).replace('"', "").replace("'", "")
