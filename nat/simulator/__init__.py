"""A network of hosts, LANs and NATs in virtual time, on which unmodified asyncio programs run."""

from nat.simulator.errors import (
    AlreadyRunningError,
    CallbackError,
    DeadlineError,
    DeadlockError,
    LivelockError,
    NoHostError,
    OutsideWorldError,
    SimulationError,
    WorldError,
)
from nat.simulator.host import Host, current_host
from nat.simulator.ipv6 import Firewall, Nat64
from nat.simulator.nats import Nat
from nat.simulator.simulation import Simulation
from nat.trace import Events, Flow, Journey, Trace, TraceEvent, Verdict

__all__ = [
    "AlreadyRunningError",
    "CallbackError",
    "DeadlineError",
    "DeadlockError",
    "Events",
    "Firewall",
    "Flow",
    "Host",
    "Journey",
    "LivelockError",
    "Nat",
    "Nat64",
    "NoHostError",
    "OutsideWorldError",
    "Simulation",
    "SimulationError",
    "Trace",
    "TraceEvent",
    "Verdict",
    "WorldError",
    "current_host",
]
