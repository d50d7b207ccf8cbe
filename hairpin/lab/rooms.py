"""The program `meet` of a world file: two hosts in one room find a path to each other with ICE."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from hairpin.console import endpoint
from nat import reflector
from peer import Configuration, Path, SessionFailedError, parse_servers
from peer.ice import IceAgent, LineEnd, line
from signaling import IceServer

SIGNALING_DELAY: Final = 0.03
CONNECT_DEADLINE: Final = 5.0


@dataclass(slots=True)
class _Room:
    """Two places at a table; who sits down first controls."""

    ends: list[LineEnd] = field(default_factory=lambda: list(line(SIGNALING_DELAY)))
    done: asyncio.Barrier = field(default_factory=lambda: asyncio.Barrier(2))


class Rooms:
    """The rooms of one world."""

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = {}

    async def meet(
        self, room: str = "room", server: str = "", port: int = reflector.PORT, stay: float = 0.0
    ) -> str:
        """Find a path to the other host in the room, and stay on it for a while.

        Args:
            room: two hosts meet in each.
            server: the STUN server to ask, or none.
            stay: seconds to keep the path up.

        Raises:
            SessionFailedError: there is no path; or it was lost while staying.
            ValueError: there are two in the room already.
        """
        here = self._rooms.setdefault(room, _Room())
        if not here.ends:
            raise ValueError(f"two hosts are in the room {room!r} already")
        end = here.ends.pop(0)
        urls = [IceServer((f"stun:{endpoint((server, port))}",))] if server else []
        settings = Configuration(servers=parse_servers(urls), connect_deadline=CONNECT_DEADLINE)
        async with IceAgent(settings, controlling=bool(here.ends)) as agent:
            try:
                path = await agent.connect(end)
                await _stay(agent, stay)
            finally:
                await here.done.wait()
            return _words(path)


async def _stay(agent: IceAgent, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await agent.receive()
    except TimeoutError:
        pass
    except ConnectionError:
        raise SessionFailedError("the path was lost") from None


def _words(path: Path) -> str:
    ends = ((path.local_type, path.local), (path.remote_type, path.remote))
    one, other = (f"{kind.words} {endpoint(address)}" for kind, address in ends)
    return f"{path.kind.words}: {one} to {other}"
