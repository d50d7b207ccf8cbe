"""What stands before hosts with IPv6: a stateful firewall, and a NAT64 where there is no IPv4."""

import ipaddress
from typing import Final

from nat.behavior import Behavior
from nat.choices import PortMapping
from nat.firewall import SPOKEN
from nat.firewall import Firewall as FirewallState
from nat.nat64 import Nat64 as Nat64State
from nat.simulator.errors import WorldError
from nat.simulator.links import Port
from nat.simulator.nats import EVERY_IPV4, Gatekeeper, Middlebox
from nat.simulator.network import Network
from nat.simulator.router import Router
from nat.simulator.segment import Exit, IpNetwork, Segment

EVERY_IPV6: Final = ipaddress.ip_network("::/0")


class Firewall(Middlebox):
    """A router that filters and translates nothing. `Simulation.firewall` makes them.

    Args:
        prefix: the addresses behind it, of either family; it has the first one.
        behavior: whose packets it lets in, and for how long, and who may open pinholes.
        lan: the LAN of a NAT that it serves beside it, or None for a network of its own.

    Raises:
        WorldError: pinholes are to be opened by a protocol that has none.
    """

    def __init__(
        self,
        network: Network,
        name: str,
        prefix: IpNetwork,
        behavior: Behavior,
        lan: Segment | None = None,
    ) -> None:
        _check_spoken(name, prefix, behavior.port_mapping)
        self.behavior = behavior
        self.prefix = prefix
        self.state: FirewallState
        if lan is None:
            lan = Segment(network, f"the network of {name}", prefix)
        else:
            lan.add_prefix(prefix)
        super().__init__(network, name, lan, EVERY_IPV6 if prefix.version == 6 else EVERY_IPV4)
        if behavior.port_mapping:
            inside = str(prefix[1])
            self.router = Router(network, name, lan, inside, self.state, behavior.port_mapping)
            if prefix.version == 6:
                lan.router6 = inside

    def __repr__(self) -> str:
        return f"<Firewall {self.name} {self.behavior.filtering.short} {self.prefix}>"

    def make_gatekeeper(self) -> Gatekeeper:
        """A firewall that nobody has passed so far."""
        self.state = FirewallState(self.behavior)
        return self.state

    def reboot(self) -> None:
        """Forget all state, as when the power fails; pinholes as well."""
        super().reboot()
        if self.router is not None:
            self.router.restart(self.state)

    def plug_in(self, port: Port) -> None:
        """Connect the outside to a segment, where packets for the prefix come here."""
        super().plug_in(port)
        exit_ = Exit(self.name, port.down, port.receiver, port.deliver, port.arrive)
        port.segment.add_route(self.prefix, exit_)


def _check_spoken(name: str, prefix: IpNetwork, spoken: frozenset[PortMapping]) -> None:
    for one in sorted(spoken - SPOKEN[prefix.version], key=lambda one: one.value):
        known = " and ".join(sorted(each.value for each in SPOKEN[prefix.version]))
        raise WorldError(
            f"{name} opens pinholes in IPv{prefix.version} by {known}, not by {one.value}"
        )


class Nat64(Middlebox):
    """A NAT from IPv6 inside to IPv4 outside (RFC 6146). `Simulation.nat64` makes them.

    Args:
        lan: the IPv6 addresses behind it; it has the first one.
        behavior: what it does.
        external: its IPv4 addresses on the outside.
        prefix: under which hosts inside see IPv4 addresses (RFC 6052).
    """

    def __init__(
        self,
        network: Network,
        name: str,
        lan: ipaddress.IPv6Network,
        behavior: Behavior,
        external: tuple[str, ...],
        prefix: str,
    ) -> None:
        self.behavior = behavior
        self.external = external
        self.prefix = prefix
        self.translator: Nat64State
        towards = ipaddress.IPv6Network(prefix)
        super().__init__(network, name, Segment(network, f"the LAN of {name}", lan), towards)
        self.turned_back = tuple(map(self.embed, external))

    def __repr__(self) -> str:
        return f"<Nat64 {self.name} {self.behavior.short} {' '.join(self.external)}>"

    def embed(self, ipv4: str) -> str:
        """The address under which hosts inside reach an IPv4 address."""
        return self.translator.prefix.embed(ipv4)

    def make_gatekeeper(self) -> Gatekeeper:
        """A translator that knows nothing so far."""
        random = self.network.stream("nat", self.name)
        self.translator = Nat64State(self.behavior, self.external, random, self.prefix)
        return self.translator
