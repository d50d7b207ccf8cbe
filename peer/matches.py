"""From a match of the signaling server's queues to its players: a session with each, over data channels and media."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import signaling
from peer.configuration import Configuration
from peer.room import Room
from peer.session import Session

_TWO = "the match is played by two"


@asynccontextmanager
async def join_match(
    client: signaling.Client, match: signaling.Match, configuration: Configuration | None = None
) -> AsyncIterator[Room]:
    """Be in the room of a match, with a session to each other player, for as long as the context lasts.

    Should the server forget the client's session meanwhile, the match's room token leads back into the room
    for as long as it is good.

    Args:
        client: Whose ticket the match is for; it is the caller's to keep.
        match: The match.
        configuration: Servers, policy, addresses and deadlines, of each session.

    Raises:
        RoomFullError: The match has more than eight players.
        signaling.SignalingError: The room cannot be joined.
        ConfigurationError: A server that signaling names makes no sense.
    """
    place = Room(client, match.room, configuration or Configuration(), key=match.token)
    await place.enter()
    try:
        yield place
    finally:
        await place.close()


@asynccontextmanager
async def meet_match(
    client: signaling.Client, match: signaling.Match, configuration: Configuration | None = None
) -> AsyncIterator[Session]:
    """Connect to the other player of a match for two; as `join_match` in all else.

    Raises:
        ValueError: The match has not two players.
    """
    if len(match.peers) != 1:
        raise ValueError(f"the match has {len(match.peers) + 1} players, expected two: join_match")
    whole = configuration or Configuration()
    place = Room(client, match.room, whole, limit=1, full=_TWO, key=match.token)
    session = place.expect()
    await place.enter()
    try:
        yield session
    finally:
        await session.close()
