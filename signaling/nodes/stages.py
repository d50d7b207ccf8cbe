"""How a node stands with the server, how often and how long it does what, and what it may say."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from signaling.reports import Report


@dataclass(frozen=True, slots=True)
class Times:
    """How often, and how long, in seconds.

    Attributes:
        renewal: Between two renewals of the lease.
        lease: After which a node that did not renew it is dead.
        grace: For which the members of a dead node may come back.
        patience: Until a question is answered with 504.
    """

    renewal: float = 1.0
    lease: float = 4.0
    grace: float = 30.0
    patience: float = 2.0


class Stage(Enum):
    """How this node stands with the server."""

    DOWN = "down"
    REGISTERING = "registering"
    RESTORING = "restoring"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Drop the connections and make new ones."""

    reason: str


@dataclass(frozen=True, slots=True)
class NameTaken:
    """Another living node has our name; `wait` seconds are left of its lease."""

    wait: float


Output: TypeAlias = Report | Reconnect | NameTaken
