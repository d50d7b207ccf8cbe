"""What an association tells: it is up, a message came, streams were reset, it has ended."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Established:
    """Messages can be sent.

    Attributes:
        streams: How many streams there are in each direction.
    """

    streams: int


class MessageReceived(NamedTuple):
    """One whole message.

    Attributes:
        stream: Its stream.
        ppid: Its payload protocol identifier (RFC 8831 §8).
        data: Its bytes.
        cost: What it takes of the receive window until the reader has had it.
    """

    stream: int
    ppid: int
    data: bytes
    cost: int


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A message that is larger than we said we take; none of its stream will be delivered."""

    stream: int
    limit: int


@dataclass(frozen=True, slots=True)
class StreamsReset:
    """Streams were reset, the remote's outgoing ones or ours (RFC 6525 §5.2).

    Attributes:
        streams: Which.
        incoming: Whether the remote will not send on them any more.
        refused: Whether the remote refused to reset them.
    """

    streams: tuple[int, ...]
    incoming: bool
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The association is over; nothing is sent or received any more."""

    reason: str


Event = Established | MessageReceived | TooLarge | StreamsReset | Ended
