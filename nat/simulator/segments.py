"""What TCP connections of the simulator say to each other."""

import enum
from dataclasses import dataclass
from typing import Final

HEADER: Final = 20


class Kind(enum.Enum):
    """The kind of a segment; the flags of RFC 9293 §3.1 that it stands for."""

    SYN = "SYN"
    SYN_ACK = "SYN, ACK"
    DATA = "PSH, ACK"
    FIN = "FIN, ACK"
    ACK = "ACK"
    PROBE = "ACK, please answer"
    RESET = "RST"


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment. Sequence numbers begin at 0; SYN and FIN take one each.

    Segments may be larger than on a real network: what the simulator plays is the order of events,
    not the size of frames.
    """

    kind: Kind
    sequence: int = 0
    acknowledged: int = 0
    window: int = 0
    data: bytes = b""

    def __len__(self) -> int:
        return HEADER + len(self.data)

    @property
    def end(self) -> int:
        """The sequence number after this segment."""
        return self.sequence + (len(self.data) if self.kind is Kind.DATA else 1)
