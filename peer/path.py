"""The path a connection takes: the selected candidate pair, and what it means."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from peer.candidates import Address, CandidateType, GatheredCandidate, ServerFailure


class PathKind(enum.Enum):
    """What stands between the two sides, in the order of preference.

    Nothing (both ends are host candidates), NATs, or a relay.
    """

    HOST = "host"
    REFLEXIVE = "reflexive"
    RELAYED = "relayed"

    @property
    def words(self) -> str:
        """The kind as a person reads it."""
        match self:
            case PathKind.HOST:
                return "direct, host"
            case PathKind.REFLEXIVE:
                return "direct, reflexive"
            case PathKind.RELAYED:
                return "relayed"
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True)
class Path:
    """The selected pair (RFC 8445 §4), seen from one side.

    Attributes:
        local_type: The local candidate's type. A host candidate whose checks arrive from another
            address is reported as reflexive, since that is what the remote talks to
            (RFC 8445 §7.2.5.3.1).
        local: The local candidate's address.
        remote_type: The remote candidate's type.
        remote: The remote candidate's address.
    """

    local_type: CandidateType
    local: Address
    remote_type: CandidateType
    remote: Address

    @property
    def kind(self) -> PathKind:
        """Relayed when either end is, else direct."""
        ends = {self.local_type, self.remote_type}
        if CandidateType.RELAYED in ends:
            return PathKind.RELAYED
        return PathKind.HOST if ends == {CandidateType.HOST} else PathKind.REFLEXIVE


def no_path(
    local: Iterable[GatheredCandidate], failures: Iterable[ServerFailure], told: int
) -> str:
    """Why no pair works, as far as one side can see.

    Args:
        local: Its candidates.
        failures: The servers that gave it none.
        told: How many candidates the remote has told.
    """
    types = ", ".join(sorted({candidate.type.words for candidate in local})) or "none"
    text = f"no path: local candidates {types}; {told} from the remote"
    return "; ".join([text, *(f"{failure.origin}: {failure.reason}" for failure in failures)])
