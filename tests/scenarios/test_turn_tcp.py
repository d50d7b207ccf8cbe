"""TURN over TCP through every kind of NAT: aioice's client as it is, and sessions that were told of nothing else."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from aioice import turn

import nat
import relay
import signaling
from nat.simulator import Simulation
from peer import Channel, Configuration, IceTransportPolicy, PathKind, Session, meet
from stunwire import Address
from stunwire.credentials import rest_password

SERVER = "198.51.100.10"
SECRET = "shared"
ROUND_TRIP_LINK = 0.0125
USER = "9999999999:tester"


class World:
    """A relay on TCP alone, signaling, and a home behind a NAT for each of two peers."""

    def __init__(self, *nats: nat.Behavior, seed: int = 1) -> None:
        self.simulation = Simulation(seed)
        self.server = self.simulation.host("server", SERVER)
        homes = [
            self.simulation.nat(f"home-{n}", behavior, external=f"203.0.113.{n}")
            for n, behavior in enumerate(nats, 1)
        ]
        self.hosts = [home.host(f"peer-{n}") for n, home in enumerate(homes, 1)]
        for place in (self.server, *homes):
            self.simulation.link(place, latency=ROUND_TRIP_LINK)
        self.relay: relay.Server

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        return self.simulation.run(self._with_servers(main), deadline=3600.0)

    async def _with_servers(self, main: Coroutine[Any, Any, Any]) -> Any:
        stop, ready = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            self.server.start(group, self._serve(ready, stop))
            await ready.wait()
            try:
                return await main
            finally:
                stop.set()

    async def _serve(self, ready: asyncio.Event, stop: asyncio.Event) -> None:
        settings = relay.Settings(
            listen_tcp=(Address(SERVER, 3478),),
            rest_secrets=(SECRET,),
            peers=relay.PeerPolicy(allow=("203.0.113.0/24", "198.51.100.0/24")),
        )
        ice = signaling.IceSettings(turn_urls=(f"turn:{SERVER}:3478?transport=tcp",), secret=SECRET)
        async with (
            relay.serve(settings) as self.relay,
            signaling.serve(signaling.Settings(ice=ice), SERVER, 80),
        ):
            ready.set()
            await stop.wait()


class Ear(asyncio.DatagramProtocol):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[bytes, Any]] = asyncio.Queue()
        self.lost = asyncio.Event()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.put_nowait((data, addr))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


async def allocate(world: World) -> tuple[Any, Ear]:
    """Let aioice allocate over TCP from the current host."""
    return await turn.create_turn_endpoint(
        Ear,
        server_addr=(SERVER, 3478),
        username=USER,
        password=rest_password(SECRET, USER),
        transport="tcp",
    )


@pytest.mark.parametrize("behavior", nat.ALL_NINE, ids=lambda behavior: behavior.short)
def test_two_aioice_clients_talk_through_relayed_addresses_over_tcp(behavior: nat.Behavior) -> None:
    world = World(behavior, nat.SYMMETRIC)

    async def main() -> None:
        one, one_ear = await world.hosts[0].run(allocate(world))
        two, two_ear = await world.hosts[1].run(allocate(world))
        at_one, at_two = (one.get_extra_info("sockname"), two.get_extra_info("sockname"))
        two.sendto(b"opens the permission", at_one)
        await asyncio.sleep(1)
        for n in range(200):
            one.sendto(b"%d" % n, at_two)
        heard = [await two_ear.heard.get() for _ in range(200)]
        assert [(data.rstrip(b"\0"), source) for data, source in heard] == [
            (b"%d" % n, tuple(at_one)) for n in range(200)
        ]
        for transport, ear in ((one, one_ear), (two, two_ear)):
            transport.close()
            await ear.lost.wait()
        await asyncio.sleep(1)
        counters = world.relay.counters
        assert (counters.allocations, counters.connections) == (0, 0)
        assert counters.hang_ups == {}

    world.run(main())


def test_an_allocation_over_tcp_is_refreshed_for_hours_while_nothing_is_said() -> None:
    world = World(nat.PORT_RESTRICTED_CONE)

    async def main() -> None:
        transport, ear = await world.hosts[0].run(allocate(world))
        await asyncio.sleep(3000)
        assert world.relay.counters.allocations == 1
        transport.close()
        await ear.lost.wait()

    world.run(main())


@pytest.mark.parametrize("behavior", [nat.FULL_CONE, nat.SYMMETRIC], ids=lambda one: one.short)
def test_sessions_meet_over_tcp_when_the_welcome_names_nothing_else(behavior: nat.Behavior) -> None:
    world = World(nat.SYMMETRIC, behavior)
    configuration = Configuration(policy=IceTransportPolicy.RELAY)
    paths: list[PathKind] = []

    async def talk(name: str, session: Session, channel: Channel) -> None:
        await channel.send(f"from {name}")
        assert str(await channel.receive()).startswith("from ")
        assert session.path is not None
        paths.append(session.path.kind)

    async def side(name: str, met: asyncio.Barrier) -> None:
        url = f"ws://{SERVER}:80{signaling.PATH}"
        async with (
            signaling.connect(url, peer=name) as client,
            meet(client, "room", configuration) as session,
        ):
            await talk(name, session, await session.connected())
            await met.wait()

    async def main() -> None:
        met = asyncio.Barrier(2)
        async with asyncio.TaskGroup() as group:
            for host in world.hosts:
                host.start(group, side(host.name, met))

    world.run(main())
    assert paths == [PathKind.RELAYED, PathKind.RELAYED]
    counters = world.relay.counters
    assert counters.allocations_opened >= 2
    assert (counters.allocations, counters.hang_ups) == (0, {})
