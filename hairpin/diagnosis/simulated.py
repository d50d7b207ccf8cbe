"""A simulated home behind a NAT, diagnosed over the internet by the code that diagnoses real ones."""

import asyncio
import ipaddress
from dataclasses import dataclass
from typing import Final

import nat
import relay
from nat.discovery import Evidence, Plan, StunServer
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import collect
from nat.simulator import Host, Simulation
from stunwire import Address

SERVER: Final = "stun.example.org"
PRIMARY: Final = Address("198.51.100.10", 3478)
ALTERNATE: Final = Address("198.51.100.11", 3479)
_EVERY: Final = tuple(
    Address(host, port)
    for host in (PRIMARY.host, ALTERNATE.host)
    for port in (PRIMARY.port, ALTERNATE.port)
)
EXTERNAL: Final = "203.0.113.7"
CARRIER_LAN: Final = "100.64.0.0/24"
_LONGEST: Final = 3600.0
_LAN_LATENCY: Final = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A home and what stands between it and the internet.

    Attributes:
        home: the router's NAT; None for a host on the internet itself.
        carrier: the carrier's NAT before it, if there is one.
        loss: share of packets that are lost each way, 0 to 1.
        round_trip: seconds to the server and back.
        external: the address of the outermost one; the next one is its own, too, if its pooling is arbitrary.
        seed: the same one plays the same again.
    """

    home: nat.Behavior | None
    carrier: nat.Behavior | None = None
    loss: float = 0.0
    round_trip: float = 0.05
    external: str = EXTERNAL
    seed: int = 1


def diagnose(scene: Scene, plan: Plan) -> Evidence:
    """Collect evidence in a world of virtual time.

    Args:
        scene: the world.
        plan: what to ask; the world's own server is asked whatever it says.
    """
    simulation = Simulation(scene.seed, start_spread=0)
    server = simulation.host(SERVER, PRIMARY.host, addresses=(ALTERNATE.host,))
    host = _build(simulation, server, scene)
    servers = (StunServer(SERVER, PRIMARY.port),)
    asked = Plan(
        servers=servers, wishes=plan.wishes, deadline=plan.deadline, lifetimes=plan.lifetimes
    )
    return simulation.run(_play(server, host, asked), deadline=_LONGEST)


def _build(simulation: Simulation, server: Host, scene: Scene) -> Host:
    """Put a host behind its NATs; half of the way is the server's link, the other half ours."""
    latency = max(scene.round_trip / 4 - _LAN_LATENCY / 2, 0.0)
    simulation.link(server, latency=latency)
    outermost: Host | nat.simulator.Nat
    if scene.home is None:
        host = outermost = simulation.host("laptop", scene.external)
    else:
        carrier = None
        if scene.carrier is not None:
            public = _externals(scene.carrier, scene.external)
            carrier = simulation.nat("carrier", scene.carrier, external=public, lan=CARRIER_LAN)
        outside = None if carrier else _externals(scene.home, scene.external)
        router = simulation.nat("router", scene.home, external=outside, inside=carrier)
        outermost = carrier or router
        host = router.host("laptop")
    simulation.link(outermost, latency=latency, loss=scene.loss)
    return host


def _externals(behavior: nat.Behavior, first: str) -> tuple[str, ...]:
    if behavior.pooling is nat.Pooling.PAIRED:
        return (first,)
    return first, str(ipaddress.IPv4Address(first) + 1)


async def _play(server: Host, host: Host, plan: Plan) -> Evidence:
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        serving = server.start(group, _serve(ready))
        await ready.wait()
        evidence = await host.run(collect(plan, AsyncioNetwork()))
        serving.cancel()
    return evidence


async def _serve(ready: asyncio.Event) -> None:
    settings = relay.Settings(listen=(PRIMARY,), listen_tcp=_EVERY, alternate=ALTERNATE)
    async with relay.serve(settings):
        ready.set()
        await asyncio.Event().wait()
