"""A simulated home behind a NAT, and a STUN server with two addresses on the internet."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import nat
import relay
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import collect
from nat.discovery.evidence import Evidence, Wish
from nat.discovery.plan import Plan, StunServer
from nat.simulator import Simulation
from stunwire import Address

SERVER, OTHER = Address("198.51.100.10", 3478), Address("198.51.100.11", 3479)
SERVER6, OTHER6 = Address("2001:db8:5::10", 3478), Address("2001:db8:5::11", 3479)
ALICE6, GATEWAY6 = "2001:db8:a::2", "2001:db8:a::1"
LATENCY = 0.0125
"""Seconds over each link, so that a round trip takes 50 ms."""
Answer = Callable[[bytes, tuple[str, int]], bytes | None]


class Home:
    """A host behind a NAT, or on the internet itself where there is none."""

    def __init__(
        self,
        behavior: nat.Behavior | None,
        *,
        seed: int = 1,
        external: str | tuple[str, ...] = "203.0.113.1",
        **quality: Any,
    ) -> None:
        self.simulation = Simulation(seed, start_spread=0)
        self.server = self.simulation.host("server", SERVER.host, addresses=(OTHER.host,))
        self.simulation.link(self.server, latency=LATENCY)
        if behavior is None:
            self.nat = None
            self.alice = self.simulation.host("alice", "203.0.113.1")
            self.simulation.link(self.alice, latency=LATENCY, **quality)
        else:
            self.nat = self.simulation.nat("home", behavior, external=external)
            self.alice = self.nat.host("alice")
            self.simulation.link(self.nat, latency=LATENCY, **quality)

    def add_ipv6(self, firewall: nat.Behavior) -> None:
        """Put a firewall of IPv6 beside the NAT, and give the server two addresses of IPv6."""
        assert self.nat is not None
        network = self.simulation.internet
        self.firewall = self.simulation.firewall("six", "2001:db8:a::/64", firewall, lan=self.nat)
        self.alice.attach(self.nat, self.alice.address, ALICE6)
        self.server.attach(network, SERVER.host, OTHER.host, SERVER6.host, OTHER6.host)

    def run(
        self,
        work: Coroutine[Any, Any, Any],
        settings: relay.Settings | None = None,
        *others: Coroutine[Any, Any, Any],
        deadline: float = 3000.0,
    ) -> Any:
        """Do something on the host, with a relay on the server, or others instead."""
        return self.simulation.run(self._run(work, settings, others), deadline=deadline)

    async def _run(
        self,
        work: Coroutine[Any, Any, Any],
        settings: relay.Settings | None,
        others: tuple[Coroutine[Any, Any, Any], ...],
    ) -> Any:
        settings = settings or relay.Settings(listen=(SERVER,), alternate=OTHER)
        ready = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            if others:
                tasks = [self.server.start(group, other) for other in others]
                await asyncio.sleep(0.001)
            else:
                tasks = [self.server.start(group, serve_at(settings, ready))]
                await ready.wait()
            try:
                return await self.alice.run(work)
            finally:
                for task in tasks:
                    task.cancel()


async def serve_at(settings: relay.Settings, ready: asyncio.Event) -> None:
    async with relay.serve(settings):
        ready.set()
        await asyncio.Event().wait()


async def answering(answer: Answer, *addresses: Address) -> None:
    """Be a server that answers each datagram as it is told, from where it was asked."""

    class Protocol(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            said = answer(data, addr)
            if said is not None:
                self.transport.sendto(said, addr)

    loop = asyncio.get_running_loop()
    for address in addresses or (SERVER,):
        await loop.create_datagram_endpoint(Protocol, local_addr=address)
    await asyncio.Event().wait()


def diagnosed(
    *wishes: Wish,
    home: Home | None = None,
    others: Sequence[Coroutine[Any, Any, Any]] = (),
    settings: relay.Settings | None = None,
    servers: Sequence[StunServer] = (StunServer(SERVER.host),),
    names: Sequence[str] = (),
    **plan: Any,
) -> Evidence:
    """Make a whole diagnosis for these wishes, and give what was recorded.

    Args:
        names: that the server has besides.
    """
    home = home or Home(nat.PORT_RESTRICTED_CONE)
    for name in names:
        home.simulation.name(name, SERVER.host)
    whole = Plan(servers=tuple(servers), wishes=frozenset(wishes), **plan)
    return home.run(collect(whole, AsyncioNetwork()), settings, *others)
