"""How far a TCP connection is, as a NAT between its ends sees it (RFC 5382, RFC 6146 §3.5.2).

One table: what it lacks leaves the state as it is, because a NAT is not to judge (RFC 5382 REQ-2).
"""

import enum
from typing import Any, Final

from nat.segments import Kind, Segment

_FIN, _SYN, _RST, _ACK = 0x01, 0x02, 0x04, 0x10


class TcpState(enum.Enum):
    """How far a connection is."""

    NONE = "nothing was seen of it"
    SYN_OUT = "the inside has sent SYN"
    SYN_IN = "the outside has sent SYN"
    PICKED_UP = "its begin was not seen"
    ESTABLISHED = "established"
    FIN_OUT = "the inside has sent FIN"
    FIN_IN = "the outside has sent FIN"
    CLOSED = "both have sent FIN"
    RESET = "reset"

    @property
    def is_transitory(self) -> bool:
        """Whether the short timer counts (RFC 5382 §5: not fully open, or closed, or reset)."""
        return self not in _OPEN


_OPEN: Final = frozenset({TcpState.ESTABLISHED, TcpState.FIN_OUT, TcpState.FIN_IN})


class Event(enum.Enum):
    """What passes."""

    SYN_OUT = "SYN from the inside"
    SYN_IN = "SYN from the outside"
    FIN_OUT = "FIN from the inside"
    FIN_IN = "FIN from the outside"
    RST = "RST"
    OUT = "anything else from the inside"
    IN = "anything else from the outside"


TRANSITIONS: Final[dict[TcpState, dict[Event, TcpState]]] = {
    TcpState.NONE: {
        Event.SYN_OUT: TcpState.SYN_OUT,
        Event.SYN_IN: TcpState.SYN_IN,
        Event.FIN_OUT: TcpState.PICKED_UP,
        Event.FIN_IN: TcpState.PICKED_UP,
        Event.OUT: TcpState.PICKED_UP,
        Event.IN: TcpState.PICKED_UP,
        Event.RST: TcpState.RESET,
    },
    TcpState.SYN_OUT: {
        Event.SYN_IN: TcpState.ESTABLISHED,  # SYN, ACK, or a SYN that crossed (RFC 9293 §3.5)
        Event.RST: TcpState.RESET,
    },
    TcpState.SYN_IN: {
        Event.SYN_OUT: TcpState.ESTABLISHED,
        Event.RST: TcpState.RESET,
    },
    TcpState.PICKED_UP: {
        Event.IN: TcpState.ESTABLISHED,
        Event.OUT: TcpState.ESTABLISHED,
        Event.SYN_OUT: TcpState.SYN_OUT,
        Event.SYN_IN: TcpState.SYN_IN,
        Event.RST: TcpState.RESET,
    },
    TcpState.ESTABLISHED: {
        Event.FIN_OUT: TcpState.FIN_OUT,
        Event.FIN_IN: TcpState.FIN_IN,
        Event.RST: TcpState.RESET,
    },
    TcpState.FIN_OUT: {Event.FIN_IN: TcpState.CLOSED, Event.RST: TcpState.RESET},
    TcpState.FIN_IN: {Event.FIN_OUT: TcpState.CLOSED, Event.RST: TcpState.RESET},
    TcpState.CLOSED: {Event.SYN_OUT: TcpState.SYN_OUT, Event.SYN_IN: TcpState.SYN_IN},
    TcpState.RESET: {
        # RFC 6146 §3.5.2.2: whoever goes on after a RST has not sent it.
        Event.OUT: TcpState.ESTABLISHED,
        Event.IN: TcpState.ESTABLISHED,
        Event.FIN_OUT: TcpState.FIN_OUT,
        Event.FIN_IN: TcpState.FIN_IN,
        Event.SYN_OUT: TcpState.SYN_OUT,
        Event.SYN_IN: TcpState.SYN_IN,
    },
}


def flags_of(segment: Any) -> int:
    """The control bits of a segment; those of one that has none are ACK."""
    flags = getattr(segment, "flags", None)
    return _ACK if flags is None else int(flags)


def is_plain(segment: Any) -> bool:
    """Tell quickly whether a segment of the simulator leaves an open connection as it is."""
    if segment.__class__ is not Segment:
        return False
    kind = segment.kind
    return kind is Kind.DATA or kind is Kind.ACK or kind is Kind.PROBE


def is_first_syn(segment: Any) -> bool:
    """Tell whether a segment asks for a connection: SYN without ACK."""
    return flags_of(segment) & (_SYN | _ACK | _RST) == _SYN


def outbound_event(segment: Any) -> Event:
    """What a segment from the inside means."""
    flags = flags_of(segment)
    if flags & _RST:
        return Event.RST
    if flags & _SYN:
        return Event.SYN_OUT
    return Event.FIN_OUT if flags & _FIN else Event.OUT


def inbound_event(segment: Any) -> Event:
    """What a segment from the outside means."""
    flags = flags_of(segment)
    if flags & _RST:
        return Event.RST
    if flags & _SYN:
        return Event.SYN_IN
    return Event.FIN_IN if flags & _FIN else Event.IN


def follow(state: TcpState, event: Event) -> TcpState:
    """The state after an event."""
    return TRANSITIONS[state].get(event, state)
