"""Two hosts of a world try to find each other with ICE, and say what came of it."""

import asyncio
import functools
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import relay
import signaling
import stunwire
from hairpin.lab import SERVER
from nat import reflector
from nat.candidates import CandidateType
from nat.simulator import Host, Simulation
from nat.simulator.randomness import stream
from peer import Configuration, Path, SessionFailedError, parse_servers
from peer.ice import IceAgent, LineEnd, line

PUBLIC_NETWORKS: Final = ("198.51.100.0/24", "203.0.113.0/24")
CONNECT_DEADLINE: Final = 5.0
"""Seconds of checks after which two peers have not met."""
VIRTUAL_DEADLINE: Final = 3.0
"""The same in virtual time, in which nobody is held up by anybody: three tries of each check."""
SIGNALING_DELAY: Final = 0.03
LATEST_START: Final = 0.2
"""Seconds within which the second side starts after the first: what is symmetric hides races."""
_USER, _PASSWORD = "lab", "lab"


T = TypeVar("T")


class Place(Protocol):
    """A host of a world in virtual time or in the kernel."""

    def start(
        self,
        group: asyncio.TaskGroup,
        coroutine: Coroutine[Any, Any, T],
        *,
        name: str | None = None,
    ) -> asyncio.Task[T]:
        """Start a task of the group on this host."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try.

    Attributes:
        paths: the path as each side reports it, or None if it found none.
        elapsed: virtual seconds from the later start until both were connected, or gave up.
    """

    paths: tuple[Path | None, Path | None]
    elapsed: float

    @property
    def connected(self) -> bool:
        """Whether both sides have a path."""
        return None not in self.paths

    @property
    def types(self) -> tuple[CandidateType, CandidateType] | None:
        """The type of each side's own candidate in the selected pair."""
        one, other = self.paths
        return None if one is None or other is None else (one.local_type, other.local_type)

    @property
    def relayed(self) -> bool:
        """Whether the path leads through a relay, as either side knows."""
        ends = [end for path in self.paths if path for end in (path.local_type, path.remote_type)]
        return CandidateType.RELAYED in ends


def meet(
    simulation: Simulation, alice: Host, bob: Host, *, with_relay: bool, server: Host | None = None
) -> Outcome:
    """Let two hosts try, the first one controlling; each starts at a time that the seed decides.

    Args:
        with_relay: whether there is a relay to fall back on.
        server: where the STUN server (and relay) runs; without one there are host candidates alone.
    """
    return simulation.run(_meet(simulation, alice, bob, with_relay=with_relay, server=server))


async def _meet(
    simulation: Simulation, alice: Host, bob: Host, *, with_relay: bool, server: Host | None
) -> Outcome:
    configuration = make_configuration(
        with_relay=with_relay,
        asked=server is not None,
        server=SERVER if server is None else server.address,
        deadline=VIRTUAL_DEADLINE,
    )
    starts = stream(simulation.seed, "start")
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as servers:
        if server is not None:
            await _start_server(servers, server, stop, with_relay=with_relay)
        outcome = await try_to_meet(
            alice, bob, configuration, later=starts.uniform(0.0, LATEST_START)
        )
        stop.set()
    return outcome


async def try_to_meet(
    alice: Place, bob: Place, configuration: Configuration, *, later: float
) -> Outcome:
    """Let two hosts try, wherever they are, the first one controlling.

    Args:
        configuration: the servers to ask, and how long to try.
        later: seconds by which the second one starts later.
    """
    ends = line(SIGNALING_DELAY)
    offsets = (0.0, later)
    begin = asyncio.get_running_loop().time() + later
    done = [asyncio.Event(), asyncio.Event()]
    async with asyncio.TaskGroup() as group:
        tasks = [
            host.start(group, _side(configuration, ends[i], offsets[i], i == 0, done))
            for i, host in enumerate((alice, bob))
        ]
    (one, first), (other, second) = (task.result() for task in tasks)
    return Outcome((one, other), max(first, second) - begin)


async def _side(
    configuration: Configuration,
    end: LineEnd,
    offset: float,
    controlling: bool,  # noqa: FBT001 - two sides, called once
    done: list[asyncio.Event],
) -> tuple[Path | None, float]:
    """Connect one side; keep answering until the other one is done, too."""
    await asyncio.sleep(offset)
    async with IceAgent(configuration, controlling=controlling) as agent:
        try:
            path = await agent.connect(end)
        except SessionFailedError:
            path = None
        when = asyncio.get_running_loop().time()
        done[controlling].set()
        await done[not controlling].wait()
        return path, when


async def _start_server(
    group: asyncio.TaskGroup, server: Host, stop: asyncio.Event, *, with_relay: bool
) -> None:
    if not with_relay:
        await server.run(reflector.serve())
        return
    ready = asyncio.Event()
    server.start(group, _serve_relay(server.address, ready, stop))
    await ready.wait()


async def _serve_relay(address: str, ready: asyncio.Event, stop: asyncio.Event) -> None:
    settings = relay.Settings(
        listen=(stunwire.Address(address, reflector.PORT),),
        users={_USER: _PASSWORD},
        peers=relay.PeerPolicy(allow=PUBLIC_NETWORKS),
    )
    async with relay.serve(settings):
        ready.set()
        await stop.wait()


@functools.cache
def make_configuration(
    *, with_relay: bool, asked: bool, server: str = SERVER, deadline: float = CONNECT_DEADLINE
) -> Configuration:
    """What the two are told: the servers to ask, and how long to try."""
    servers = []
    if asked:
        servers.append(signaling.IceServer((f"stun:{server}",)))
    if with_relay:
        servers.append(signaling.IceServer((f"turn:{server}",), _USER, _PASSWORD))
    return Configuration(servers=parse_servers(servers), connect_deadline=deadline)
