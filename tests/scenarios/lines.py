"""Lines with IPv4, IPv6 or both, some of which let no UDP out, and relays that are reached by this or that."""

import asyncio
import enum
import functools
import random
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import relay
import signaling
from hairpin.lab.meeting import VIRTUAL_DEADLINE, Outcome, try_to_meet
from nat import ALL_NINE, Behavior
from nat.choices import Blocking, FilterScope, Sessions
from nat.discovery import Plan, Report, StunServer, TurnServer, Wish
from nat.discovery.discovering import discover
from nat.discovery.transactions import Transport
from nat.firewall import SIMPLE_SECURITY, STRICT
from nat.simulator import Host, Simulation
from peer import Configuration, parse_servers
from stunwire import Address

T = TypeVar("T")

FOUR, FOUR_TOO = Address("198.51.100.10", 3478), Address("198.51.100.11", 3479)
SIX, SIX_TOO = Address("2001:db8:f::1", 3478), Address("2001:db8:f::2", 3479)
NAME: Final = "relay.example"
USER, PASSWORD = "somebody", "a password"
WISHES: Final = frozenset(
    {Wish.MAPPING, Wish.FILTERING, Wish.ERRORS, Wish.TCP, Wish.TURN, Wish.REACH}
)


class Relays(enum.Enum):
    """How a relay can be reached."""

    NONE = "no relay"
    UDP = "a relay over UDP"
    BOTH = "a relay over UDP and TCP"

    @property
    def transports(self) -> tuple[Transport, ...]:
        """By which it is asked."""
        both = (Transport.UDP, Transport.TCP)
        return {Relays.NONE: (), Relays.UDP: both[:1], Relays.BOTH: both}[self]


@dataclass(frozen=True)
class Line:
    """What is before a home.

    Attributes:
        four: the NAT of IPv4; None where there is none but IPv6.
        six: the firewall of IPv6; None where there is none but IPv4.
    """

    number: int
    four: Behavior | None
    six: Behavior | None

    @property
    def words(self) -> str:
        """For a failure."""
        parts = [
            f"{name} {each.short} ({each.blocking.value} blocked)"
            for name, each in (("IPv4", self.four), ("IPv6", self.six))
            if each is not None
        ]
        return f"{self.number}: {' and '.join(parts)}"


_KINDS: Final = ((1, 0), (1, 1), (0, 1))
"""IPv4 alone, both, IPv6 alone."""


def line(number: int) -> Line:
    """That of a number: the families in turn, the types by chance; one in four is blocked."""
    chance = random.Random(500 + number)
    with_four, with_six = _KINDS[number % 3]
    blocks = [
        chance.choice((Blocking.UDP, Blocking.NONE, Blocking.NONE, Blocking.NONE)) for _ in range(2)
    ]
    if number % 3 == 0 and number % 2:
        blocks[0] = Blocking.UDP
    four = replace(
        chance.choice(ALL_NINE),
        blocking=blocks[0],
        filter_scope=FilterScope.MAPPING,
        sessions=Sessions.NONE,
    )
    six = replace(chance.choice((STRICT, STRICT, SIMPLE_SECURITY)), blocking=blocks[1])
    return Line(number, four if with_four else None, six if with_six else None)


@functools.cache
def diagnosed(number: int, relays: Relays) -> Report:
    """What is found out at a line."""
    simulation = Simulation(number, start_spread=0.0, trace_limit=0)
    server = _server(simulation)
    return simulation.run(
        _beside(server, relays, _build(simulation, line(number)).run(discover(_plan(relays))))
    )


def met(one: int, other: int, relays: Relays, seed: int) -> Outcome:
    """What ICE comes to between two lines."""
    simulation = Simulation(seed, start_spread=0.0, trace_limit=0)
    server = _server(simulation)
    alice, bob = (_build(simulation, line(each)) for each in (one, other))
    return simulation.run(
        _beside(server, relays, try_to_meet(alice, bob, _configuration(relays), later=0.05))
    )


def _server(simulation: Simulation) -> Host:
    server = simulation.host("server", FOUR.host, addresses=(FOUR_TOO.host, SIX.host, SIX_TOO.host))
    simulation.name(NAME, FOUR.host, SIX.host)
    return server


def _build(simulation: Simulation, of: Line) -> Host:
    name, prefix = f"home-{of.number}", f"2001:db8:{of.number}::/64"
    if of.four is None:
        assert of.six is not None
        return simulation.firewall(name, prefix, of.six).host(f"peer-{of.number}")
    home = simulation.nat(name, of.four, external=f"203.{of.number}.113.1")
    if of.six is not None:
        simulation.firewall(f"{name}-wall", prefix, of.six, lan=home)
    return home.host(f"peer-{of.number}")


def _plan(relays: Relays) -> Plan:
    stun = [StunServer(NAME), StunServer(NAME, transport=Transport.TCP)]
    turn = [TurnServer(NAME, 3478, transport, USER, PASSWORD) for transport in relays.transports]
    return Plan(tuple(stun), tuple(turn), wishes=WISHES, web=(NAME, 3478))


def _configuration(relays: Relays) -> Configuration:
    turns = [f"turn:{NAME}?transport={each.value}" for each in relays.transports]
    servers = [signaling.IceServer((f"stun:{NAME}",))]
    if turns:
        servers.append(signaling.IceServer(tuple(turns), USER, PASSWORD))
    return Configuration(servers=parse_servers(servers), connect_deadline=VIRTUAL_DEADLINE)


async def _beside(server: Host, relays: Relays, work: Coroutine[Any, Any, T]) -> T:
    """Do something while the servers run."""
    ready, stop = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        server.start(group, _serve(relays, ready, stop))
        await ready.wait()
        try:
            return await work
        finally:
            stop.set()


async def _serve(relays: Relays, ready: asyncio.Event, stop: asyncio.Event) -> None:
    users = {} if relays is Relays.NONE else {USER: PASSWORD}
    peers = relay.PeerPolicy(allow=("203.0.0.0/8", "198.51.100.0/24", "2001:db8::/32"))
    async with AsyncExitStack() as stack:
        for first, other in ((FOUR, FOUR_TOO), (SIX, SIX_TOO)):
            udp = relay.Settings(listen=(first,), alternate=other, users=users, peers=peers)
            await stack.enter_async_context(relay.serve(udp))
            tcp = users if relays is Relays.BOTH else {}
            streams = relay.Settings(listen_tcp=(first,), users=tcp, peers=peers)
            await stack.enter_async_context(relay.serve(streams))
        ready.set()
        await stop.wait()
