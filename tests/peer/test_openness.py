"""Players find out how well others reach them, and so the most open one hosts, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import nat
import nat.discovery
import peer
import relay
import signaling
from nat.discovery.openness import openness_behind
from nat.simulator import Host, Simulation
from peer.openness import measure_openness
from stunwire import Address
from stunwire.credentials import mint

SERVER, BESIDE = "198.51.100.10", "198.51.100.11"
URL = f"ws://{SERVER}:80{signaling.PATH}"
STUN, SECOND_PORT, SECOND_ADDRESS = (
    f"stun:{place}" for place in (f"{SERVER}:3478", f"{SERVER}:3479", f"{BESIDE}:3479")
)
SQUADS = signaling.Queue("squads", team_min=2, team_max=2)
OPEN, MODERATE, UNKNOWN, STRICT = signaling.Openness
ICE = signaling.IceServer


class World:
    """A signaling server that names STUN at its machine, and homes behind NATs."""

    def __init__(
        self, nats: dict[str, nat.Behavior], stun: tuple[str, ...], *, rfc_5780: bool = False
    ) -> None:
        self.simulation = Simulation(3, trace_limit=0)
        self._server = self.simulation.host("server", SERVER, addresses=(BESIDE,))
        first = Address(SERVER, 3478)
        besides = () if rfc_5780 else (Address(SERVER, 3479),)
        self._relay = relay.Settings(
            listen=(first, *besides), alternate=Address(BESIDE, 3479) if rfc_5780 else None
        )
        self._stun = stun
        self.players: dict[str, Host] = {}
        for number, (name, behavior) in enumerate(nats.items(), 1):
            home = self.simulation.nat(
                f"home of {name}",
                behavior,
                external=f"203.0.113.{number}",
                lan=f"192.168.{number}.0/24",
            )
            self.simulation.link(home, latency=0.02)
            self.players[name] = home.host(name)

    def run(self, scenario: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return self.simulation.run(self._whole(scenario))

    async def _whole(self, scenario: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        ready, stop = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            self._server.start(group, self._serve(ready, stop))
            await ready.wait()
            try:
                return await scenario()
            finally:
                stop.set()

    async def _serve(self, ready: asyncio.Event, stop: asyncio.Event) -> None:
        desk = signaling.MemoryDesk([SQUADS], clock=asyncio.get_running_loop().time)
        settings = signaling.Settings(ice=signaling.IceSettings(self._stun))
        async with relay.serve(self._relay), signaling.serve(settings, SERVER, 80, desk=desk):
            ready.set()
            await stop.wait()


def measured(behavior: nat.Behavior, *stun: str, rfc_5780: bool = False) -> Any:
    world = World({"me": behavior}, stun, rfc_5780=rfc_5780)
    return world.run(lambda: world.players["me"].run(measure_openness([ICE(stun)])))


@pytest.mark.parametrize("behavior", nat.ALL_NINE[::4], ids=lambda each: each.words)
def test_servers_that_answer_from_a_second_address_tell_all(behavior: nat.Behavior) -> None:
    found = measured(behavior, STUN, SECOND_ADDRESS, rfc_5780=True)
    assert found.value == openness_behind(behavior).value


@pytest.mark.parametrize(
    ("behavior", "word"),
    [(nat.FULL_CONE, MODERATE), (nat.PORT_RESTRICTED_CONE, MODERATE), (nat.SYMMETRIC, STRICT)],
    ids=["full cone", "port-restricted cone", "symmetric"],
)
def test_two_ports_of_one_address_tell_the_mapping(
    behavior: nat.Behavior, word: signaling.Openness
) -> None:
    assert measured(behavior, STUN, SECOND_PORT) is word


def test_an_address_dependent_mapping_is_taken_for_a_better_one_where_there_is_one_address() -> (
    None
):
    behavior = nat.Behavior(nat.Dependence.ADDRESS_DEPENDENT, nat.Dependence.ADDRESS_DEPENDENT)
    assert measured(behavior, STUN, SECOND_PORT) is MODERATE


@pytest.mark.parametrize(
    "stun",
    [
        (STUN,),
        (f"turns:{SERVER}:5349?transport=tcp",),
        ("stun:192.0.2.1", "stun:192.0.2.2"),
        ("stun:nowhere.example",),
    ],
    ids=["one place", "none over UDP", "silent", "no such name"],
)
def test_what_is_not_known_is_unknown_and_known_to_be_so_in_time(stun: tuple[str, ...]) -> None:
    world = World({"me": nat.FULL_CONE}, stun)

    async def scenario() -> tuple[signaling.Openness, float]:
        began = world.simulation.now
        servers = [ICE(stun, "me", "secret")]
        found = await world.players["me"].run(measure_openness(servers, within=1.5))
        return found, world.simulation.now - began

    found, seconds = world.run(scenario)
    assert found is UNKNOWN
    assert seconds <= 1.5


async def test_nobody_is_asked_where_nobody_is_named() -> None:
    class Nobody:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was asked for")

    network: Any = Nobody()
    assert await measure_openness([], network=network) is UNKNOWN


def test_a_turn_server_at_udp_is_asked_as_a_stun_server() -> None:
    credential = mint("shared", "me", ttl=60, unix_now=0.0)
    world = World({"me": nat.SYMMETRIC}, (STUN,))
    servers = [
        ICE((STUN, f"turn:{SERVER}:3479?transport=udp"), credential.username, credential.password)
    ]
    found = world.run(lambda: world.players["me"].run(measure_openness(servers)))
    assert found is STRICT


@pytest.mark.parametrize(
    ("servers", "within", "error"),
    [
        ([ICE(("stun:",))], 1.0, peer.ConfigurationError),
        ([ICE((STUN,))], 0.0, ValueError),
    ],
)
async def test_what_makes_no_sense_is_refused(
    servers: list[signaling.IceServer], within: float, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await measure_openness(servers, within=within)


def test_both_floors_have_the_same_words() -> None:
    words = [each.value for each in nat.discovery.Openness]
    assert [each.value for each in signaling.Openness] == words


@pytest.mark.parametrize("oldest", ["symmetric", "port-restricted", "full cone", "blocked"])
def test_the_most_open_of_four_hosts_whoever_is_oldest(oldest: str) -> None:
    nats = {
        "symmetric": nat.SYMMETRIC,
        "port-restricted": nat.PORT_RESTRICTED_CONE,
        "full cone": nat.FULL_CONE,
        "blocked": nat.Behavior(
            *[nat.Dependence.ENDPOINT_INDEPENDENT] * 2, blocking=nat.Blocking.UDP
        ),
    }
    world = World(nats, (STUN, SECOND_ADDRESS), rfc_5780=True)
    hosts: dict[str, str] = {}

    async def play(name: str) -> None:
        async with signaling.connect(URL, peer=name) as client:
            found = await measure_openness(client.ice_servers)
            ticket = await client.enqueue("squads", openness=found)
            if name == oldest:
                first.set()
            match = await ticket.match()
            hosts[name] = match.host

    first = asyncio.Event()

    async def scenario() -> None:
        async with asyncio.TaskGroup() as group:
            world.players[oldest].start(group, play(oldest))
            await first.wait()
            for name in nats:
                if name != oldest:
                    world.players[name].start(group, play(name))

    world.run(scenario)
    assert hosts == dict.fromkeys(nats, "full cone")
