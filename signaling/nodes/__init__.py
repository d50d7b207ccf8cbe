"""Many nodes over Redis or Valkey: who is in which room, messages between nodes, who is alive.

`RedisBackplane` is given to `signaling.serve` in the place of the backplane of a single node.
"""

from typing import TYPE_CHECKING, Any

from signaling.nodes.errors import (
    BackplaneUnreachableError,
    BackplaneUrlError,
    NameTakenError,
    NodesError,
)
from signaling.nodes.stages import Times
from signaling.orders import RoomSeen

if TYPE_CHECKING:
    from signaling.nodes.backplane import RedisBackplane

__all__ = [
    "BackplaneUnreachableError",
    "BackplaneUrlError",
    "NameTakenError",
    "NodesError",
    "RedisBackplane",
    "RoomSeen",
    "Times",
]


def __getattr__(name: str) -> Any:
    """Load what speaks to Redis when it is asked for: a server on one node does without."""
    if name != "RedisBackplane":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from signaling.nodes.backplane import RedisBackplane  # noqa: PLC0415

    return RedisBackplane
