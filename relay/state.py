"""What the request handlers work on: the parts of one relay, put together once."""

from dataclasses import dataclass

from relay.counters import Counters
from relay.policy import PeerGate
from relay.registry import Registry
from relay.settings import Settings


@dataclass(frozen=True, slots=True)
class State:
    """The parts of a relay's core."""

    settings: Settings
    gate: PeerGate
    registry: Registry
    counters: Counters
