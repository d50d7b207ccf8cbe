"""An allocation: what a client holds at the relay (RFC 8656 §6)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from relay.bandwidth import Allowance
from relay.counters import Usage
from relay.credentials import Credential
from relay.datapath import Route
from relay.fivetuple import FiveTuple
from relay.interfaces import RelayInterface
from relay.mobility import Mobile
from relay.ratelimit import source_of
from stunwire import Address

PERMISSION_LIFETIME = 300.0  # RFC 8656 §9: "The Permission Lifetime MUST be 300 seconds"
CHANNEL_LIFETIME = 600.0  # RFC 8656 §12: "A channel binding lasts for 10 minutes unless refreshed."


class Answered(NamedTuple):
    """The Allocate request that made an allocation, and the response it got."""

    transaction_id: bytes
    response: bytes
    at: float


@dataclass(slots=True, eq=False)
class Channel:
    """A channel binding; its route ends with it, or with the allocation if that is earlier."""

    route: Route
    expires: float


@dataclass(slots=True, eq=False)
class Allocation:
    """A relayed transport address and all that hangs on it.

    Args:
        number: its name within the relay; never used again.
        five_tuple: where its client gets data.
        credential: what the client showed when it allocated.
        interface: which address of the relay it is on.
        port: its relay port.
        answered: for retransmissions of the request that made it.
        expires: when it ends, unless it is refreshed.
        permissions: deadlines by peer host, as the client names it.
        channels: channels by number.
        channel_of: channels by peer, as the relay socket meets it.
        allowance: how many bytes may pass; None for no limit.
        icmp_from: when its client may be told of an ICMP error again.
        mobile: for one whose client may move.
    """

    number: int
    five_tuple: FiveTuple
    credential: Credential
    interface: RelayInterface
    port: int
    answered: Answered
    expires: float
    permissions: dict[str, float] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    channel_of: dict[Address, Channel] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    allowance: Allowance | None = None
    icmp_from: float = 0.0
    mobile: Mobile | None = None

    @property
    def relayed(self) -> Address:
        """The relayed transport address that the client was told."""
        return Address(self.interface.announced, self.port)

    @property
    def is_reachable(self) -> bool:
        """Whether there is a way to its client just now."""
        return self.mobile is None or not self.mobile.is_away

    @property
    def places(self) -> tuple[FiveTuple, ...]:
        """Where its client is heard."""
        here = (self.five_tuple,) if self.is_reachable else ()
        arriving = None if self.mobile is None else self.mobile.arriving
        return here if arriving is None else (*here, arriving)

    @property
    def sources(self) -> Collection[bytes]:
        """Whose quotas it counts towards; while its client is away, that of where it was."""
        if self.mobile is None:
            return (source_of(self.five_tuple.client.host),)
        return {source_of(one.client.host) for one in (self.five_tuple, *self.places)}

    def permits(self, host: str, now: float) -> bool:
        """Say whether packets to and from `host` may pass."""
        return self.permissions.get(host, 0.0) > now

    def may_relay(self, size: int, now: float) -> bool:
        """Let so many bytes pass and count them; False when they are too many."""
        return self.allowance is None or self.allowance.take(size, now)

    def next_deadline(self) -> float:
        """When the first thing it holds, or the allocation itself, ends."""
        channels = (channel.expires for channel in self.channels.values())
        return min((self.expires, *self.permissions.values(), *channels))
