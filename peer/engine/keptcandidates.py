"""Candidates of a remote's generation that has not been described yet, kept for it within bounds."""

from typing import Final

import aioice

_MAX_FRAGMENTS: Final = 4
_MAX_CANDIDATES: Final = 100


class KeptCandidates:
    """Candidates by the user name fragment that they belong to; `None` is the end of them."""

    def __init__(self) -> None:
        self._kept: dict[str, list[aioice.Candidate | None]] = {}

    def keep(self, ufrag: str, candidate: aioice.Candidate | None) -> None:
        """Keep one; of too many fragments the oldest is forgotten, what is too much for one is dropped."""
        if ufrag not in self._kept and len(self._kept) >= _MAX_FRAGMENTS:
            del self._kept[next(iter(self._kept))]
        kept = self._kept.setdefault(ufrag, [])
        if len(kept) < _MAX_CANDIDATES:
            kept.append(candidate)

    def take(self, ufrag: str) -> list[aioice.Candidate | None]:
        """Those of a fragment, in the order in which they came; they are kept no longer."""
        return self._kept.pop(ufrag, [])
