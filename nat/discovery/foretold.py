"""What is foretold of two: by which path they meet, why, and how sure that is."""

import enum
from dataclasses import dataclass
from typing import Final

from nat.traversal import Types


class Path(enum.Enum):
    """By which path two meet."""

    SAME_NETWORK = "in the same network"
    HAIRPIN = "through the NAT that both are behind"
    IPV6 = "directly over IPv6"
    DIRECT = "directly"
    RELAY = "through a relay"
    NONE = "not at all"


class Certainty(enum.Enum):
    """How sure a prediction is."""

    CERTAIN = "certain"
    """All that is left possible says the same."""
    LIKELY = "likely"
    """It rests on something that was not measured, and is mostly so."""
    UNCERTAIN = "uncertain"
    """It may as well go the other way, which the reason names."""


_STARTS: Final = {
    Certainty.CERTAIN: "They meet",
    Certainty.LIKELY: "They very likely meet",
    Certainty.UNCERTAIN: "They may meet",
}


@dataclass(frozen=True, slots=True)
class Prediction:
    """Whether two meet.

    Attributes:
        path: by which they do, as far as can be told.
        certainty: how sure that is.
        reason: why, in one sentence.
        types: with a direct path, the candidate types that the selected pair may have, the first
            report's first.
        otherwise: by which path they meet if not by that one.
    """

    path: Path
    certainty: Certainty
    reason: str
    types: tuple[Types, ...] = ()
    otherwise: Path | None = None

    @property
    def meets(self) -> bool | None:
        """Whether they meet at all; None if that is not known."""
        if self.path is not Path.NONE:
            return True
        return False if self.certainty is Certainty.CERTAIN else None

    @property
    def is_direct(self) -> bool | None:
        """Whether without a relay; None if that is not known."""
        if self.certainty is Certainty.UNCERTAIN:
            return None
        return self.path not in {Path.RELAY, Path.NONE}

    @property
    def sentence(self) -> str:
        """For a tired person."""
        reason = f"{self.reason[0].upper()}{self.reason[1:]}." if self.reason else ""
        other = f", or else {self.otherwise.value}" if self.otherwise else ""
        start = f"{_STARTS[self.certainty]} {self.path.value}{other}."
        if self.path is Path.NONE and self.certainty is not Certainty.UNCERTAIN:
            start = "They do not meet."
        return f"{start} {reason}".strip()
