"""What the request handlers work on: the parts of one relay, put together once."""

from collections.abc import Mapping
from dataclasses import dataclass

from relay.counters import Counters
from relay.discovery import Discovery
from relay.interfaces import RelayInterface
from relay.policy import PeerGate
from relay.registry import Registry
from relay.settings import Settings
from stunwire import Address, Family


@dataclass(frozen=True, slots=True)
class State:
    """The parts of a relay's core."""

    settings: Settings
    interfaces: Mapping[tuple[Address, Family], RelayInterface]
    """Where an allocation of a family comes from, for each listener; what is missing is not served."""
    gate: PeerGate
    registry: Registry
    counters: Counters
    can_forbid_fragments: bool = False
    """Whether the shell can send what no router may fragment."""
    discovery: Discovery | None = None
    """What a server with two addresses and two ports does beside; None on any other."""
