"""The demo in a simulated world: the same session code behind NATs, in virtual time."""

import asyncio
import time
from dataclasses import dataclass

import nat
import relay
import signaling
from hairpin.demo.exchange import Side, come_and_measure, wait_and_echo
from hairpin.demo.results import SimulatedRun, kind_of
from hairpin.services import Running, Services, serve
from nat.simulator import Host, Simulation
from peer import Configuration, PathKind, PeerError, parse_servers

LATENCY = 0.0125
SERVER = "198.51.100.10"
EXTERNAL_A, EXTERNAL_B = "203.0.113.1", "203.0.113.2"
PUBLIC_NETWORKS = ("198.51.100.0/24", "203.0.113.0/24")
_LIMIT = 120.0


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two sides and what stands before each.

    Attributes:
        name: In words.
        nats: The two behaviours; with `same_lan` both sides are behind the first.
        expected: The path that should be found.
        same_lan: Whether both sides are behind one NAT.
        relay: Whether there is a relay to fall back on.
    """

    name: str
    nats: tuple[nat.Behavior, nat.Behavior]
    expected: PathKind | None
    same_lan: bool = False
    relay: bool = True

    @classmethod
    def between(cls, a: nat.Behavior, b: nat.Behavior, *, relay: bool = True) -> "Pairing":
        """Two sides behind NATs of their own, with the path that RFC 4787's words predict."""
        if nat.direct_possible(a, b):
            expected: PathKind | None = PathKind.REFLEXIVE
        else:
            expected = PathKind.RELAYED if relay else None
        name = " × ".join(side.name.removesuffix(" cone") for side in (a, b))
        return cls(name, (a, b), expected, relay=relay)


PAIRINGS = (
    Pairing(
        "same LAN",
        (nat.PORT_RESTRICTED_CONE, nat.PORT_RESTRICTED_CONE),
        PathKind.HOST,
        same_lan=True,
    ),
    Pairing.between(nat.PORT_RESTRICTED_CONE, nat.PORT_RESTRICTED_CONE),
    Pairing.between(nat.SYMMETRIC, nat.PORT_RESTRICTED_CONE),
    Pairing.between(nat.SYMMETRIC, nat.SYMMETRIC),
)


def play(pairing: Pairing, *, seed: int) -> SimulatedRun:
    """Play one pairing from the first packet to the last."""
    started = time.perf_counter()
    simulation = Simulation(seed)
    sides, reason, virtual = simulation.run(_scene(simulation, pairing), deadline=_LIMIT)
    reports = tuple(side.report for side in sides)
    return SimulatedRun(
        name=pairing.name,
        nats=(pairing.nats[0].words, pairing.nats[1].words),
        expected=pairing.expected,
        found=kind_of(reports) if reports else None,
        reason=reason,
        peers=reports,
        virtual=virtual,
        real=time.perf_counter() - started,
        # Without sizes: OpenSSL's signatures differ by a byte or two from run to run.
        trace=simulation.trace_digest(sizes=False),
    )


async def _scene(
    simulation: Simulation, pairing: Pairing
) -> tuple[tuple[Side, ...], str | None, float]:
    """Set up the world and let two peers meet in it.

    Returns:
        What the sides found (nothing when they found no path), why not, and the virtual time from
        the newcomer's start to the end of the exchange.
    """
    server, alice, bob = _build(simulation, pairing)
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[Running] = loop.create_future()
    joined, stop = asyncio.Event(), asyncio.Event()
    sides: tuple[Side, ...] = ()
    reason = None
    start = loop.time()
    async with asyncio.TaskGroup() as servers:
        server.start(servers, _run_servers(ready, stop))
        running = await ready
        url, configuration = running.signaling_url, _configuration(pairing, running)
        try:
            async with asyncio.TaskGroup() as peers:
                waiting = alice.start(peers, wait_and_echo(url, "alice", configuration, joined))
                await joined.wait()
                start = loop.time()
                coming = bob.start(peers, come_and_measure(url, "bob", configuration))
            sides = (waiting.result(), coming.result())
        except* PeerError as group:
            reason = "; ".join(sorted({str(error) for error in group.exceptions}))
        finally:
            stop.set()
    return sides, reason, _virtual(sides, loop.time() - start)


def _build(simulation: Simulation, pairing: Pairing) -> tuple[Host, Host, Host]:
    """The server on the internet and the two hosts behind their NATs."""
    server = simulation.host("server", SERVER)
    home_a = home_b = simulation.nat("nat-a", pairing.nats[0], external=EXTERNAL_A)
    simulation.link(server, latency=LATENCY)
    simulation.link(home_a, latency=LATENCY)
    if not pairing.same_lan:
        home_b = simulation.nat("nat-b", pairing.nats[1], external=EXTERNAL_B)
        simulation.link(home_b, latency=LATENCY)
    return server, home_a.host("alice"), home_b.host("bob")


async def _run_servers(ready: asyncio.Future[Running], stop: asyncio.Event) -> None:
    services = Services(
        signaling_address=(SERVER, 80),
        relay_address=(SERVER, 3478),
        secret="simulated",  # noqa: S106 - nothing outside this process can use it
        peers=relay.PeerPolicy(allow=PUBLIC_NETWORKS),
    )
    async with serve(services) as running:
        ready.set_result(running)
        await stop.wait()


def _configuration(pairing: Pairing, running: Running) -> Configuration:
    if pairing.relay:
        return Configuration()
    stun = parse_servers([signaling.IceServer((running.stun_url,))])
    return Configuration(servers=stun, use_signaled_servers=False)


def _virtual(sides: tuple[Side, ...], elapsed: float) -> float:
    """The newcomer's set-up time, or how long it took to find that there is no path."""
    setup = sides[1].report.timeline.setup if sides else None
    return elapsed if setup is None else setup
