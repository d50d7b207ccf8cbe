"""NAT behaviour discovery: a Binding server on two addresses and two ports (RFC 5780).

A server that answers from where it was not asked is a mirror for forged packets. So this is off unless the
operator gives an alternate address; what asks for more than an ordinary answer has a bucket of its own for
each source; PADDING comes back as long as it went in, so that it never amplifies (RFC 5780 §7.6 would have
the interface's MTU); and answers go to the host that asked, whatever port it names.
"""

from collections.abc import Collection
from dataclasses import dataclass

from relay.fivetuple import FiveTuple
from relay.ratelimit import SourceBuckets
from relay.refusal import Refusal
from relay.settings import Limits
from stunwire import (
    Address,
    Attribute,
    ChangeRequest,
    ErrorCodes,
    MappedAddress,
    Message,
    OtherAddress,
    Padding,
    ResponseOrigin,
    ResponsePort,
    XorMappedAddress,
)

WISHES: tuple[type[Attribute], ...] = (ChangeRequest, ResponsePort, Padding)
"""What a request asks for beyond an ordinary answer."""


@dataclass(frozen=True, slots=True)
class Quartet:
    """Two hosts and two ports: four listeners, one for each pair.

    Args:
        primary: the address that clients know.
        alternate: the other host and the other port.
    """

    primary: Address
    alternate: Address

    @property
    def members(self) -> tuple[Address, ...]:
        """The four listeners, the primary one first."""
        (host, port), (other_host, other_port) = self.primary, self.alternate
        return (
            self.primary,
            Address(host, other_port),
            Address(other_host, port),
            self.alternate,
        )

    def elsewhere(self, server: Address, *, change_ip: bool, change_port: bool) -> Address:
        """Find the listener that differs from `server` in what is to change (RFC 5780 §6.1)."""
        hosts = self.primary.host, self.alternate.host
        ports = self.primary.port, self.alternate.port
        return Address(
            hosts[hosts.index(server.host) ^ change_ip],
            ports[ports.index(server.port) ^ change_port],
        )


def far_corner(server: Address, listeners: Collection[Address]) -> Address | None:
    """Find what OTHER-ADDRESS names over TCP or TLS, where each address has its own listener (RFC 5780 §7.4).

    It has another host and another port, and there are listeners at each host with each port.
    """
    for each in listeners:
        corners = {Address(server.host, each.port), Address(each.host, server.port)}
        if server not in corners and corners <= set(listeners):
            return each
    return None


def shares_of_sources(limits: Limits, key: bytes) -> SourceBuckets:
    """Begin to count what each source gets beyond ordinary answers."""
    return SourceBuckets(rate=limits.discovery_rate, burst=limits.discovery_burst, key=key)


class Discovery:
    """What a server with two addresses and two ports adds to the answer of a Binding request.

    Args:
        quartet: its listeners.
        buckets: how many answers one source may draw from elsewhere, or padded.
    """

    def __init__(self, quartet: Quartet, buckets: SourceBuckets) -> None:
        self._quartet = quartet
        self._members = frozenset(quartet.members)
        self._buckets = buckets

    def covers(self, server: Address) -> bool:
        """Say whether a listener is one of the four."""
        return server in self._members

    def permits(self, message: Message, client: Address, now: float) -> bool:
        """Say whether a source may have what it wishes, or has had its share."""
        if not any(message.get(wish) for wish in WISHES):
            return True
        return self._buckets.take(client.host, now)

    def refusal(self, message: Message) -> Refusal | None:
        """Refuse wishes that exclude each other."""
        port = message.get(ResponsePort)
        # RFC 5780 §6.1: an answer with padding may be large, and must not go to a port that did not ask
        if port is not None and message.get(Padding) is not None:
            return Refusal(ErrorCodes.BAD_REQUEST, "PADDING and RESPONSE-PORT exclude each other")
        if port is not None and not port.port:
            return Refusal(ErrorCodes.BAD_REQUEST, "expected a RESPONSE-PORT, got 0")
        return None

    def way(self, message: Message, five_tuple: FiveTuple) -> FiveTuple:
        """Find where the answer goes from and to."""
        change = message.get(ChangeRequest) or ChangeRequest()
        server = self._quartet.elsewhere(
            five_tuple.server, change_ip=change.change_ip, change_port=change.change_port
        )
        port = message.get(ResponsePort)
        host = five_tuple.client.host
        client = five_tuple.client if port is None else Address(host, port.port)
        return five_tuple._replace(client=client, server=server)

    def attributes(
        self, message: Message, five_tuple: FiveTuple, origin: Address
    ) -> tuple[Attribute, ...]:
        """List what the answer from `origin` carries.

        RFC 5780 §7.4: OTHER-ADDRESS is where a request with both flags would be answered from, and does
        not depend on the flags of this one.
        """
        padding = message.get(Padding)
        return (
            MappedAddress(five_tuple.client),
            XorMappedAddress(five_tuple.client),
            ResponseOrigin(origin),
            OtherAddress(self.other(five_tuple.server)),
            *((Padding(bytes(len(padding.value))),) if padding is not None else ()),
        )

    def other(self, server: Address) -> Address:
        """Return the listener with the other host and the other port."""
        return self._quartet.elsewhere(server, change_ip=True, change_port=True)
