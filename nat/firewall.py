"""A stateful firewall for IPv6, which translates nothing and filters as a NAT does (RFC 6092)."""

import random
from typing import Final

from nat.behavior import Behavior
from nat.choices import Dependence, Fragments, PortMapping, Unsolicited, UnsolicitedSyn
from nat.packets import Address, Drop, IcmpKind, Protocol
from nat.translator import Translator

SIMPLE_SECURITY: Final = Behavior(
    Dependence.ENDPOINT_INDEPENDENT,
    Dependence.ENDPOINT_INDEPENDENT,
    mapping_lifetime=300,
    unsolicited=Unsolicited.ICMP,
    unsolicited_syn=UnsolicitedSyn.HOLD,
    fragments=Fragments.IN_ORDER,  # what was put together here, nobody could cut again in IPv6
)
"""What RFC 6092 recommends where applications are to work: endpoint-independent filters for UDP
(§3.2.3) and TCP (§3.3.1), five minutes (REC-14), six seconds until a SYN is answered (REC-34)."""

STRICT: Final = Behavior(
    Dependence.ENDPOINT_INDEPENDENT,
    Dependence.ADDRESS_AND_PORT_DEPENDENT,
    mapping_lifetime=120,
    fragments=Fragments.IN_ORDER,
)
"""What most home routers have: only answers get in, and strangers get none."""

SPOKEN: Final = {
    4: frozenset({PortMapping.PCP}),
    6: frozenset({PortMapping.PCP, PortMapping.UPNP}),
}
"""By which protocols a firewall of IPv4 or IPv6 can be asked for pinholes: NAT-PMP tells external addresses
of IPv4, and UPnP knows firewalls of IPv6 alone (`WANIPv6FirewallControl`)."""


class Firewall(Translator):
    """The state of one firewall. Packets go through `outbound` and `inbound` as through a NAT.

    Of the behaviour, what is said about filters, timers, sessions, strangers, errors, fragments,
    and blocking counts; mapping and ports do not.

    Args:
        behavior: what it does.
    """

    def __init__(self, behavior: Behavior = SIMPLE_SECURITY) -> None:
        super().__init__(behavior, (), random.Random(0))

    def _check(self, external: tuple[str, ...]) -> None:
        if external:
            raise ValueError(f"a firewall has no external addresses, got {', '.join(external)}")

    def map_port(
        self,
        protocol: Protocol,
        internal: Address,
        external_port: int | None,  # noqa: ARG002 - a NAT's has it
        lifetime: float,
        now: float,
    ) -> Address | Drop:
        """Open a pinhole, or keep it open: everybody reaches an address of the inside as it is.

        Args:
            external_port: does not count: a firewall translates nothing (RFC 6887 §11.3).
            lifetime: seconds; traffic does not prolong it.
        """
        return super().map_port(protocol, internal, internal.port, lifetime, now)

    def _refusal(self) -> IcmpKind:
        return IcmpKind.PROHIBITED  # RFC 6092 REC-34
