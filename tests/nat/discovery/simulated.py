"""A home behind a NAT, and RFC 5780 servers on the internet, in virtual time."""

import asyncio
import functools
from collections.abc import Iterable
from dataclasses import dataclass

import nat
import relay
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import collect
from nat.discovery.evidence import Evidence, Wish
from nat.discovery.plan import DEADLINE, Plan, StunServer
from nat.discovery.transactions import Purpose, Transaction
from nat.simulator import Simulation
from stunwire import Address

A1P1, A2P2 = Address("198.51.100.1", 3478), Address("198.51.100.2", 3479)
A2P1 = Address(A2P2.host, A1P1.port)
SIX1, SIX2 = Address("2001:db8::1", 3478), Address("2001:db8::2", 3479)
PLAIN, BESIDE = Address("198.51.100.9", 3478), Address("198.51.100.9", 3479)
SERVER, PLAIN_SERVER = StunServer(A1P1.host), StunServer(PLAIN.host)
BESIDE_SERVER = StunServer(BESIDE.host, BESIDE.port)
LATENCY = 0.0125
STUN_WISHES = frozenset({Wish.MAPPING, Wish.FILTERING, Wish.HAIRPIN, Wish.PORTS, Wish.FRAGMENTS})


@dataclass
class Run:
    """What came of it, how long it took, and how many packets were sent."""

    evidence: Evidence
    seconds: float

    @property
    def packets(self) -> int:
        return sum(len(each.sent) for each in self.evidence.transactions)

    def of(self, *purposes: Purpose) -> list[Transaction]:
        return [each for each in self.evidence.transactions if each.purpose in purposes]

    def trials(self, purpose: Purpose) -> list[list[Transaction]]:
        """The transactions of each trial in which there is one of this purpose."""
        numbers = dict.fromkeys(each.trial for each in self.of(purpose))
        return [
            [each for each in self.evidence.transactions if each.trial == number]
            for number in numbers
        ]


def mapped(transaction: Transaction) -> Address | None:
    return transaction.answers[0].xor_mapped if transaction.answers else None


async def serve(
    host: nat.simulator.Host,
    group: asyncio.TaskGroup,
    settings: relay.Settings,
    stop: asyncio.Event,
) -> None:
    """Start a server, and go on when it listens."""
    ready = asyncio.Event()

    async def main() -> None:
        async with relay.serve(settings):
            ready.set()
            await stop.wait()

    host.start(group, main(), offset=0)
    await ready.wait()


@functools.cache
def diagnose(
    behavior: nat.Behavior | None,
    servers: tuple[StunServer, ...] = (SERVER,),
    wishes: frozenset[Wish] = STUN_WISHES,
    *,
    loss: float = 0.0,
    seed: int = 1,
    six: bool = False,
    deadline: float = DEADLINE,
    externals: tuple[str, ...] = ("203.0.113.1",),
) -> Run:
    """Run a diagnosis at home; without a NAT, on a host of the internet."""
    simulation = Simulation(seed, trace_limit=0)
    far = simulation.host("far", A1P1.host, addresses=(A2P2.host, SIX1.host, SIX2.host))
    plain = simulation.host("plain", PLAIN.host)
    simulation.name("dual.example", A1P1.host, SIX1.host)
    if behavior is None:
        me = simulation.host("me")
        place = me
    else:
        place = simulation.nat("home", behavior, external=externals)
        if six:
            simulation.firewall("wall", "2001:db8:1::/64", lan=place)
        me = place.host("me")
    simulation.link(far, latency=LATENCY, loss=loss, mtu=1500)
    simulation.link(plain, latency=LATENCY, loss=loss)
    simulation.link(me, mtu=1500)
    simulation.link(place, latency=LATENCY)

    async def main() -> Run:
        async with asyncio.TaskGroup() as group:
            stop = await _start_servers(far, plain, group)
            began = simulation.now
            plan = Plan(servers=servers, wishes=wishes, deadline=deadline)
            evidence = await me.run(collect(plan, AsyncioNetwork()))
            run = Run(evidence, simulation.now - began)
            stop.set()
        return run

    return simulation.run(main())


async def _start_servers(
    far: nat.simulator.Host, plain: nat.simulator.Host, group: asyncio.TaskGroup
) -> asyncio.Event:
    stop = asyncio.Event()
    for first, other in ((A1P1, A2P2), (SIX1, SIX2)):
        await serve(far, group, relay.Settings(listen=(first,), alternate=other), stop)
    for listener in (A1P1, A2P1, A2P2):
        await serve(far, group, relay.Settings(listen_tcp=(listener,)), stop)
    settings = relay.Settings(listen=(PLAIN, BESIDE), listen_tcp=(PLAIN,))
    await serve(plain, group, settings, stop)
    return stop


def purposes(transactions: Iterable[Transaction]) -> list[Purpose]:
    return [each.purpose for each in transactions]
