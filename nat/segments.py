"""TCP segments as a NAT sees them: those of the simulator, and real ones.

A NAT looks at `flags` and at nothing else; both kinds have them.
"""

import enum
from dataclasses import dataclass
from typing import Final

HEADER: Final = 20


class Flags(enum.IntFlag):
    """The control bits of RFC 9293 §3.1 that a NAT looks at, with their values on the wire."""

    FIN = 0x01
    SYN = 0x02
    RST = 0x04
    PSH = 0x08
    ACK = 0x10


class Kind(enum.Enum):
    """The kind of a segment of the simulator; the flags of RFC 9293 §3.1 that it stands for."""

    SYN = "SYN"
    SYN_ACK = "SYN, ACK"
    DATA = "PSH, ACK"
    FIN = "FIN, ACK"
    ACK = "ACK"
    PROBE = "ACK, please answer"
    RESET = "RST"


_FLAGS: Final = {
    Kind.SYN: Flags.SYN,
    Kind.SYN_ACK: Flags.SYN | Flags.ACK,
    Kind.DATA: Flags.PSH | Flags.ACK,
    Kind.FIN: Flags.FIN | Flags.ACK,
    Kind.ACK: Flags.ACK,
    Kind.PROBE: Flags.ACK,
    Kind.RESET: Flags.RST,
}


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment of the simulator. Sequence numbers begin at 0; SYN and FIN take one each.

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
    def flags(self) -> Flags:
        """What a NAT sees of it."""
        return _FLAGS[self.kind]

    @property
    def end(self) -> int:
        """The sequence number after this segment."""
        return self.sequence + (len(self.data) if self.kind is Kind.DATA else 1)


@dataclass(frozen=True, slots=True)
class RawSegment:
    """A segment of a real TCP: what a NAT looks at, and all of it as it came.

    Attributes:
        flags: its control bits.
        raw: header, options and data. Ports and checksum in it are out of date after translation;
            whoever puts it on the wire writes those of the packet.
    """

    flags: Flags
    raw: bytes

    def __len__(self) -> int:
        return len(self.raw)
