"""Many nodes over Redis or Valkey: who is in which room, messages between nodes, who is alive.

`RedisBackplane` is given to `signaling.serve` in the place of the backplane of a single node.
"""

from signaling.faults import NodesError
from signaling.nodes.backplane import RedisBackplane
from signaling.nodes.errors import (
    BackplaneUnreachableError,
    BackplaneUrlError,
    NameTakenError,
)
from signaling.nodes.stages import Times
from signaling.orders import RoomSeen

__all__ = [
    "BackplaneUnreachableError",
    "BackplaneUrlError",
    "NameTakenError",
    "NodesError",
    "RedisBackplane",
    "RoomSeen",
    "Times",
]
