"""A session with the first other member of a room, whoever of the two came earlier."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import signaling
from peer.configuration import Configuration
from peer.room import Room
from peer.session import Session

_BUSY = "in a session with another member"


@asynccontextmanager
async def meet(
    where: str | signaling.Client,
    room: str,
    configuration: Configuration | None = None,
    *,
    name: str | None = None,
) -> AsyncIterator[Session]:
    """Join a room and connect to the first other member, whoever came earlier.

    The newcomer offers. Leaving the context closes the connection and leaves the room.

    Args:
        where: The signaling server's address; when the connection to it is lost it is made again.
            Or a connected client, which is the caller's to keep: when it is lost, a session that is
            up goes on without.
        room: The room.
        configuration: Servers, policy, addresses and deadlines.
        name: The name to bear there, when `where` is an address.

    Raises:
        signaling.SignalingError: The room cannot be joined.
        ConfigurationError: A server that signaling names makes no sense.
    """
    place = Room(where, room, configuration or Configuration(), name=name, limit=1, full=_BUSY)
    session = place.expect()
    await place.enter()
    try:
        yield session
    finally:
        await session.close()
