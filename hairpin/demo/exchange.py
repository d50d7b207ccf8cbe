"""Two peers in a room: one waits, one comes, and a few messages go there and back."""

import asyncio
import contextlib
from dataclasses import dataclass

import signaling
from hairpin.demo.results import PeerReport
from peer import Channel, Configuration, Session, meet

ROUND_TRIPS = 20
_DONE = b"done"


@dataclass(frozen=True, slots=True)
class Side:
    """One side's part in an exchange.

    Attributes:
        report: What its session found.
        round_trips: Seconds for each message there and back; only the newcomer measures.
    """

    report: PeerReport
    round_trips: tuple[float, ...]


async def wait_and_echo(
    url: str, name: str, configuration: Configuration, joined: asyncio.Event
) -> Side:
    """Join a room, wait for the other member, send back what it sends.

    Args:
        url: The signaling server.
        name: This member's name.
        configuration: Of the session.
        joined: Set once this side is in the room.
    """
    async with (
        signaling.connect(url, peer=name) as client,
        meet(client, "demo", configuration) as session,
    ):
        joined.set()
        channel = await session.connected()
        async for message in channel:
            if message == _DONE:
                break
            await channel.send(message)
        report = PeerReport.of(name, session)
        await _settled(session)
    return Side(report, ())


async def come_and_measure(url: str, name: str, configuration: Configuration) -> Side:
    """Join a room in which somebody waits, and measure round trips on the data channel."""
    async with (
        signaling.connect(url, peer=name) as client,
        meet(client, "demo", configuration) as session,
    ):
        channel = await session.connected()
        round_trips = [await _round_trip(channel, number) for number in range(ROUND_TRIPS)]
        report = PeerReport.of(name, session)
        await channel.send(_DONE)
    return Side(report, tuple(round_trips))


async def _round_trip(channel: Channel, number: int) -> float:
    loop = asyncio.get_running_loop()
    start = loop.time()
    message = f"message {number}"
    await channel.send(message)
    answer = await channel.receive()
    assert answer == message, f"sent {message!r}, got {answer!r}"
    return loop.time() - start


async def _settled(session: Session) -> None:
    """Let the newcomer leave first, so that nobody's goodbye crosses the other's."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            await session.ended()
