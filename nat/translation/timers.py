"""How long a UDP mapping or a ping is remembered (RFC 4787 §4.3, RFC 5508 §3.2)."""

from nat.behavior import Behavior
from nat.packets import Protocol
from nat.translation.mappings import Timer


class Timers:
    """The lifetimes of a behaviour.

    Args:
        behavior: which sets them.
    """

    def __init__(self, behavior: Behavior) -> None:
        self._one_shot = behavior.one_shot_lifetime
        self._stream_after = behavior.stream_after
        self._refresh = behavior.refresh
        self._lifetimes = {
            Protocol.UDP: behavior.mapping_lifetime,
            Protocol.TCP: behavior.tcp_transitory_lifetime,
            Protocol.ICMP: behavior.icmp_lifetime,
        }

    def first(self, protocol: Protocol) -> float:
        """The lifetime of what has just begun."""
        if protocol is Protocol.UDP and self._one_shot is not None:
            return self._one_shot
        return self._lifetimes[protocol]

    def touch(self, timer: Timer, protocol: Protocol, now: float, *, inbound: bool) -> None:
        """A packet has passed: the time begins anew, if packets of this direction count."""
        if inbound:
            timer.replied = True
        if not timer.settled and self._is_stream(timer, protocol, now):
            timer.lifetime = self._lifetimes[protocol]
            timer.settled = True
        if self._refresh.inbound if inbound else self._refresh.outbound:
            timer.deadline = now + timer.lifetime

    def _is_stream(self, timer: Timer, protocol: Protocol, now: float) -> bool:
        """Whether more than one question, or one answer, has passed."""
        if self._one_shot is None or protocol is not Protocol.UDP:
            return True
        return timer.replied and now >= timer.created + self._stream_after
