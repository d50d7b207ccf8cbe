"""TURN servers over each transport, at several addresses, and where they send us; in virtual time."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest

import relay
from nat.simulator import Simulation
from peer import Configuration, parse_servers
from peer.engine.relayerrors import RelayError, describe
from peer.engine.relays import Relays
from peer.engine.resolution import Resolution
from signaling import IceServer
from stunwire import Address

SERVER, SERVER6, DEAD = "198.51.100.10", "2001:db8::10", "198.51.100.99"
OTHER = Address("198.51.100.20", 3478)


def servers(*urls: str, credential: str = "secret") -> Any:
    return parse_servers([IceServer(urls, "user", credential)])


class World:
    """A relay with two addresses, another one, and a client on the internet."""

    def __init__(self, *names: tuple[str, ...]) -> None:
        self.simulation = Simulation(1)
        self.server = self.simulation.host("server", addresses=(SERVER, SERVER6))
        self.other = self.simulation.host("other", OTHER.host)
        self.client = self.simulation.host("client", addresses=("203.0.113.5", "2001:db8::5"))
        for place in (self.server, self.other, self.client):
            self.simulation.link(place, latency=0.0125)
        for name, *addresses in names:
            self.simulation.name(name, *addresses)

    def run(self, work: Any, *settings: tuple[Any, dict[str, Any]]) -> Any:
        """Run the client's work beside relays, each on its host with settings of its own."""

        async def main() -> Any:
            stop = asyncio.Event()
            ready = [asyncio.Event() for _ in settings]
            async with asyncio.TaskGroup() as group:
                for (host, changes), event in zip(settings, ready, strict=True):
                    host.start(group, self._serve(changes, event, stop))
                for event in ready:
                    await event.wait()
                try:
                    return await self.client.run(work)
                finally:
                    stop.set()

        return self.simulation.run(main(), deadline=300)

    async def _serve(self, changes: dict[str, Any], ready: asyncio.Event, stop: Any) -> None:
        made = {
            "users": {"user": "secret"},
            "realm": "lab",
            "peers": relay.PeerPolicy(allow=("203.0.113.0/24", "2001:db8::/32")),
            **changes,
        }
        async with relay.serve(relay.Settings(**made)) as self.relay:
            ready.set()
            await stop.wait()


UDP = {"listen": (Address(SERVER, 3478), Address(SERVER6, 3478))}
TCP = {"listen_tcp": (Address(SERVER, 3478), Address(SERVER6, 3478))}


@contextlib.asynccontextmanager
async def allocated(url: str, **settings: Any) -> AsyncIterator[Any]:
    relays = Relays(Configuration(**settings), Resolution())
    (server,) = servers(url)
    allocation = await relays.allocate(server)
    yield allocation
    allocation.link.close()
    await allocation.link.over


class Ear(asyncio.DatagramProtocol):
    """Keeps what it hears, and can be waited upon."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[bytes, Any]] = asyncio.Queue()
        self.errors: list[Exception] = []
        self.ended: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.put_nowait((data, addr[:2]))

    def error_received(self, exc: Exception) -> None:
        self.errors.append(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set_result(exc)


@pytest.mark.parametrize(
    ("url", "settings", "asked"),
    [
        (f"turn:{SERVER}", UDP, SERVER),
        (f"turn:[{SERVER6}]", UDP, SERVER6),
        (f"turn:{SERVER}?transport=tcp", TCP, SERVER),
        (f"turn:[{SERVER6}]?transport=tcp", TCP, SERVER6),
    ],
)
def test_data_goes_both_ways_through_each_kind_of_server(
    url: str, settings: dict[str, Any], asked: str
) -> None:
    world = World()

    async def work() -> None:
        async with allocated(url) as allocation:
            assert allocation.asked[0] == asked
            relayed = allocation.allocated.relayed
            here, there = Ear(), Ear()
            allocation.link.transport_for(relayed[0], ("192.0.2.1", 1), here)
            loop = asyncio.get_running_loop()
            mine = "2001:db8::5" if ":" in relayed[0].host else "203.0.113.5"
            await loop.create_datagram_endpoint(lambda: there, local_addr=(mine, 7000))
            for data in (b"\x00\x01check", b"\x16first", b"\x16second"):
                here.transport.sendto(data, (mine, 7000))
                assert await there.heard.get() == (data, tuple(relayed[0]))
                there.transport.sendto(data, tuple(relayed[0]))
                assert await here.heard.get() == (data, (mine, 7000))
            here.transport.close()
            assert await here.ended is None
            assert world.relay.counters.allocations == 0
            there.transport.close()

    world.run(work(), (world.server, settings))


def test_a_server_with_two_addresses_is_reached_at_the_one_that_answers() -> None:
    """RFC 8305: the dead one costs a quarter of a second."""
    world = World(("relay", DEAD, SERVER))

    async def work() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with allocated("turn:relay") as allocation:
            return allocation.asked[0], loop.time() - begun

    asked, took = world.run(work(), (world.server, UDP))
    assert asked == SERVER
    assert took == pytest.approx(0.25 + 0.1, abs=0.02)


def test_a_redirection_is_followed() -> None:
    world = World()
    redirect = {"alternate_servers": (OTHER,), "redirect": relay.Redirect.ALWAYS}

    async def work() -> Any:
        async with allocated(f"turn:{SERVER}") as allocation:
            return allocation.asked

    there = (world.other, {"listen": (OTHER,)})
    assert world.run(work(), (world.server, UDP | redirect), there) == tuple(OTHER)


def test_two_servers_that_send_us_to_each_other_are_left() -> None:
    world = World()
    to = {"redirect": relay.Redirect.ALWAYS}

    async def work() -> None:
        with pytest.raises(RelayError, match="on and on"):
            async with allocated(f"turn:{SERVER}"):
                pass

    one = {"listen": (Address(SERVER, 3478),), "alternate_servers": (OTHER,), **to}
    two = {"listen": (OTHER,), "alternate_servers": (Address(SERVER, 3478),), **to}
    world.run(work(), (world.server, one), (world.other, two))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"turn:{SERVER}:9", "refused"),
        (f"turn:{SERVER}:9?transport=tcp", "refused"),
        ("turn:nowhere", "does not resolve"),
    ],
)
def test_a_server_that_is_not_there_is_known_at_once(url: str, words: str) -> None:
    world = World()

    async def work() -> float:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(OSError) as caught:
            async with allocated(url):
                pass
        assert words in describe(caught.value)
        return asyncio.get_running_loop().time() - begun

    assert world.run(work(), (world.server, UDP)) < 0.2


def test_a_relay_that_closes_the_connection_is_lost_at_once() -> None:
    world = World()

    async def work() -> Exception | None:
        relays = Relays(Configuration(), Resolution())
        allocation = await relays.allocate(servers(f"turn:{SERVER}?transport=tcp")[0])
        ear = Ear()
        allocation.link.transport_for(allocation.allocated.relayed[0], ("192.0.2.1", 1), ear)
        stop.set()
        return await ear.ended

    stop = asyncio.Event()

    async def main() -> Exception | None:
        ready = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            world.server.start(group, world._serve(TCP, ready, stop))
            await ready.wait()
            error: Exception | None = await world.client.run(work())
        return error

    assert "closed" in str(world.simulation.run(main(), deadline=60))


def test_a_port_range_holds_for_the_way_to_a_relay() -> None:
    world = World()

    async def work() -> int:
        async with allocated(f"turn:{SERVER}", port_range=(50000, 50003)) as allocation:
            return int(allocation.allocated.mapped.port)

    assert world.run(work(), (world.server, UDP)) in range(50000, 50004)


def test_an_interface_that_may_not_be_used_is_not_used_for_relays_either() -> None:
    world = World()

    async def work() -> None:
        with pytest.raises(RelayError, match="no interface"):
            async with allocated(f"turn:[{SERVER6}]", interfaces=("none*",)):
                pass

    world.run(work(), (world.server, UDP))


def test_who_is_cancelled_gives_back_what_comes_late() -> None:
    """The deadline falls between the Allocate that is signed and its answer."""
    world = World()

    async def work() -> tuple[int, int]:
        relays = Relays(Configuration(), Resolution())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.08):
                await relays.allocate(servers(f"turn:{SERVER}")[0])
        await relays.given_back()
        counters = world.relay.counters
        return counters.allocations_opened, counters.allocations

    opened, left = world.run(work(), (world.server, UDP))
    assert opened > 0
    assert left == 0


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_certificate_of_ones_own_is_trusted_when_it_is_told(
    trusted: bool, certificate: relay.CertificateFiles
) -> None:
    settings = relay.Settings(
        listen_tls=(Address("127.0.0.1", 0),), certificate=certificate, users={"user": "secret"}
    )
    tls = ssl.create_default_context(cafile=str(certificate.chain)) if trusted else None
    async with relay.serve(settings) as server:
        url = f"turns:127.0.0.1:{server.tls_addresses[0].port}"
        if trusted:
            async with allocated(url, tls=tls) as allocation:
                assert allocation.allocated.relayed[0].host == "127.0.0.1"
        else:
            with pytest.raises(ssl.SSLCertVerificationError):
                async with allocated(url):
                    pass


def test_giving_back_to_a_server_that_has_died_keeps_to_the_deadline_for_closing() -> None:
    world = World()

    async def work() -> float:
        relays = Relays(Configuration(close_deadline=0.3), Resolution())
        asking = asyncio.create_task(relays.allocate(servers(f"turn:{SERVER}")[0]))
        await asyncio.sleep(0.08)  # the second Allocate is under way
        world.simulation.link(world.server, loss=1.0)
        asking.cancel()
        await asyncio.wait([asking])
        begun = asyncio.get_running_loop().time()
        await relays.given_back()
        return asyncio.get_running_loop().time() - begun

    assert world.run(work(), (world.server, UDP)) == pytest.approx(0.3, abs=0.01)
