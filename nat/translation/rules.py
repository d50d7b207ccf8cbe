"""What follows from a behaviour, worked out once so that no packet has to ask."""

from nat.behavior import Behavior
from nat.choices import Alg, Dependence, FilterScope, PortAssignment, Sessions, Unsolicited
from nat.translation.timers import Timers


class Rules:
    """The consequences of a behaviour.

    Attributes:
        tracks: whether flows of UDP have timers of their own and fix the way back.
        shares: whether an external endpoint may serve several mappings, or be taken by a stranger
            towards one remote.
        sessions_decide: whether whoever has no session stays outside, whatever was sent before.
        may_be_quick: whether a packet of a flow that is settled needs no look at its payload or at
            a filter.
        timers: the lifetimes.
    """

    __slots__ = ("may_be_quick", "sessions_decide", "shares", "timers", "tracks")

    def __init__(self, behavior: Behavior) -> None:
        self.tracks = behavior.sessions is Sessions.CONNTRACK
        self.shares = (
            behavior.ports is PortAssignment.OVERLOADING
            or behavior.unsolicited is Unsolicited.CLASH
        )
        self.sessions_decide = (
            self.tracks
            and behavior.filtering is Dependence.ADDRESS_AND_PORT_DEPENDENT
            and behavior.filter_scope is FilterScope.MAPPING
        )
        self.may_be_quick = behavior.alg is Alg.NONE and behavior.filter_lifetime is None
        self.timers = Timers(behavior)
