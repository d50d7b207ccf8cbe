"""Sessions while signaling dies and comes back, and while networks change under them."""

import asyncio
import itertools
from typing import Any

import pytest

import relay
import signaling
import stunwire
from peer import Configuration, EndKind, IceTransportPolicy, PathKind, SessionState, meet
from peer.happenings import PathChanged, Restarted, SignalingChanged, StateChanged
from peer.restarts import Reason

SECRET = "shared"


async def beat(session: Any, channel: Any, stop: asyncio.Event) -> None:
    number = 0
    while not stop.is_set():
        await channel.send(str(number))
        number += 1
        await asyncio.sleep(0.02)


async def listen(channel: Any, heard: list[tuple[float, int]], stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        heard.append((loop.time(), int(await channel.receive())))


def silence(heard: list[tuple[float, int]]) -> float:
    """The longest time without a message, once they came, to the end of the talk."""
    times = [at for at, _ in heard]
    return max(later - earlier for earlier, later in itertools.pairwise(times))


class Talk:
    """Both sides send each other numbers, and write down when which came."""

    def __init__(self) -> None:
        self.heard: dict[str, list[tuple[float, int]]] = {}
        self.events: dict[str, list[Any]] = {}
        self.stop = asyncio.Event()
        self.talking = asyncio.Barrier(3)
        self.stopped_at = 0.0

    async def __call__(self, session: Any, channel: Any) -> None:
        name = "bob" if session.remote == "alice" else "alice"
        heard = self.heard.setdefault(name, [])
        events = self.events.setdefault(name, [])
        await self.talking.wait()

        async def watch() -> None:
            async for event in session.events():
                events.append(event)

        tasks = [
            asyncio.create_task(work)
            for work in (
                beat(session, channel, self.stop),
                listen(channel, heard, self.stop),
                watch(),
            )
        ]
        await self.stop.wait()
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def play(world: Any, script: Any, configuration: Configuration | None = None) -> Talk:
    """Let both talk while a script runs; nothing that was said may be lost or out of order."""
    talks: list[Talk] = []

    async def main() -> None:
        talk = Talk()
        talks.append(talk)

        async def direct() -> None:
            await talk.talking.wait()
            await asyncio.sleep(1)
            await script(world, talk)
            talk.stop.set()
            talk.stopped_at = asyncio.get_running_loop().time()

        async with asyncio.TaskGroup() as group:
            group.create_task(world.call(talk, talk, configuration))
            group.create_task(direct())

    world.run(main())
    for heard in talks[0].heard.values():
        numbers = [number for _, number in heard]
        assert talks[0].stopped_at - heard[-1][0] < 0.2, "they talk no more"
        assert numbers == list(range(len(numbers)))
    return talks[0]


def restarts(talk: Talk) -> list[Reason | None]:
    return [e.reason for events in talk.events.values() for e in events if isinstance(e, Restarted)]


def test_a_call_lives_through_a_signaling_server_killed_and_started_again(make_world: Any) -> None:
    async def script(world: Any, talk: Talk) -> None:
        await world.kill_signaling()
        await asyncio.sleep(8)
        assert not any(
            session.state is not SessionState.CONNECTED for session in world.sessions.values()
        )
        await world.start_signaling()
        await asyncio.sleep(10)

    talk = play(make_world(), script)
    assert max(silence(heard) for heard in talk.heard.values()) < 0.2
    for events in talk.events.values():
        assert [e.up for e in events if isinstance(e, SignalingChanged)] == [False, True]
        assert not [e for e in events if isinstance(e, StateChanged)]
    assert Reason.SIGNALING in restarts(talk)


@pytest.mark.parametrize("gone_for", [0.5, 4.0])
@pytest.mark.parametrize("after", [0.0, 0.02, 0.04, 0.06])
def test_a_session_that_was_connecting_starts_again_when_signaling_is_back(
    make_world: Any, after: float, gone_for: float
) -> None:
    """The server dies at various moments: before the offer, before the answer, before candidates."""
    world = make_world()

    async def main() -> None:
        met = asyncio.Barrier(2)
        joined = {"alice": asyncio.Event(), "bob": asyncio.Event()}

        async def side(name: str) -> None:
            async with meet(world.url, "room", name=name) as session:
                joined[name].set()
                channel = await session.connected()
                await channel.send(name)
                assert await channel.receive() != name
                await met.wait()

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, side("alice"))
            await joined["alice"].wait()
            world.bob.start(group, side("bob"))
            await joined["bob"].wait()
            await asyncio.sleep(after)
            await world.kill_signaling()
            await asyncio.sleep(gone_for)
            await world.start_signaling()

    world.run(main())


def test_after_a_move_to_another_network_the_channel_is_silent_for_a_second_at_most(
    make_world: Any,
) -> None:
    async def script(world: Any, talk: Talk) -> None:
        world.bob.move(world.cafe())
        await asyncio.sleep(10)

    world = make_world()
    talk = play(world, script)
    round_trip = 4 * world.latency
    assert max(silence(heard) for heard in talk.heard.values()) <= 1.0 + 4 * round_trip
    assert Reason.ADDRESSES in restarts(talk)
    assert [e for e in talk.events["alice"] if isinstance(e, PathChanged)]


def test_a_nat_that_forgets_everything_is_survived_by_a_restart_on_its_own(make_world: Any) -> None:
    async def script(world: Any, talk: Talk) -> None:
        world.bob_home.renumber("203.0.113.77")
        await asyncio.sleep(25)

    talk = play(make_world(), script)
    assert max(silence(heard) for heard in talk.heard.values()) < 10.0
    for events in talk.events.values():
        states = [e.state for e in events if isinstance(e, StateChanged)]
        assert states == [] or states == [SessionState.RECONNECTING, SessionState.CONNECTED]


def test_a_relay_that_dies_is_replaced_by_another(make_world: Any) -> None:
    addresses = ("198.51.100.31", "198.51.100.32")
    urls = tuple(f"turn:{address}" for address in addresses)
    world = make_world(ice=signaling.IceSettings((), urls, SECRET))
    relays = {a: world.simulation.host(f"relay-{a[-2:]}", a) for a in addresses}

    async def serve(address: str, ready: asyncio.Event) -> None:
        settings = relay.Settings(
            listen=(stunwire.Address(address, 3478),),
            rest_secrets=(SECRET,),
            peers=relay.PeerPolicy(allow=("203.0.113.0/24", "198.51.100.0/24")),
        )
        async with relay.serve(settings):
            ready.set()
            await asyncio.Event().wait()

    async def script(world: Any, talk: Talk) -> None:
        path = world.sessions["alice"].path
        assert path.kind is PathKind.RELAYED
        used = next(a for a in addresses if a in {path.local[0], path.remote[0]})
        relays[used].detach()
        await asyncio.sleep(20)
        path = world.sessions["alice"].path
        assert used not in {path.local[0], path.remote[0]}

    def with_relays(main: Any) -> Any:
        async def whole() -> None:
            tasks = []
            for address, host in relays.items():
                ready = asyncio.Event()
                with host:
                    tasks.append(asyncio.create_task(serve(address, ready)))
                await ready.wait()
            try:
                await main
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)

        return whole()

    run = world.run
    world.run = lambda main, **options: run(with_relays(main), **options)
    talk = play(world, script, Configuration(policy=IceTransportPolicy.RELAY))
    assert max(silence(heard) for heard in talk.heard.values()) < 12.0
    assert restarts(talk)


@pytest.mark.parametrize("automatic", [True, False])
def test_a_network_that_is_gone_for_good_is_told_from_a_remote_that_left(
    make_world: Any, automatic: bool
) -> None:
    world = make_world()

    async def main() -> None:
        joined = asyncio.Event()
        ends: dict[str, Any] = {}
        configuration = Configuration(restart_automatically=automatic)

        async def side(name: str) -> None:
            async with meet(world.url, "room", configuration, name=name) as session:
                joined.set()
                await session.connected()
                await asyncio.sleep(1)
                if name == "bob":
                    world.bob.detach()
                started = asyncio.get_running_loop().time()
                await session.ended()
                ends[name] = session.end
                assert asyncio.get_running_loop().time() - started < 60

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, side("alice"))
            await joined.wait()
            world.bob.start(group, side("bob"))
        assert {end.kind for end in ends.values()} == {EndKind.LOST}

    world.run(main())
