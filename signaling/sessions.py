"""What the hub remembers of one connection."""

from enum import Enum

from signaling.messages import Metadata
from signaling.rate import TokenBucket


class Stage(Enum):
    """How far a session has come."""

    GREETING = "greeting"
    WELCOMED = "welcomed"


class Session:
    """One connection, from its first frame to its last.

    `rooms` are those it is in; `entering` those it has asked to be let into.
    """

    __slots__ = (
        "_mids",
        "_mids_kept",
        "bucket",
        "entering",
        "hello_by",
        "meta",
        "peer",
        "refused_in_a_row",
        "rooms",
        "sid",
        "stage",
    )

    def __init__(self, sid: str, bucket: TokenBucket, hello_by: float, mids_kept: int) -> None:
        self.sid = sid
        self.bucket = bucket
        self.hello_by = hello_by
        self.stage = Stage.GREETING
        self.peer = ""
        self.meta: Metadata = {}
        self.rooms: dict[str, Metadata] = {}
        self.entering: set[str] = set()
        self.refused_in_a_row = 0
        self._mids: dict[str, None] = {}
        self._mids_kept = mids_kept

    def has_sent(self, mid: str | None) -> bool:
        """Say whether a signal with this id was delivered already."""
        return mid is not None and mid in self._mids

    def remember(self, mid: str | None) -> None:
        """Keep the id of a delivered signal, and forget the oldest of too many."""
        if mid is None:
            return
        self._mids[mid] = None
        if len(self._mids) > self._mids_kept:
            del self._mids[next(iter(self._mids))]
