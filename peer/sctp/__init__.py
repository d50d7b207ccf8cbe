"""SCTP as data channels use it (RFC 9260, RFC 3758, RFC 6525, RFC 8831, RFC 8832), without I/O."""

from peer.sctp.association import Association
from peer.sctp.events import Ended, Established, Event, MessageReceived, StreamsReset, TooLarge
from peer.sctp.sending import Reliability

__all__ = [
    "Association",
    "Ended",
    "Established",
    "Event",
    "MessageReceived",
    "Reliability",
    "StreamsReset",
    "TooLarge",
]
