"""Sessions while signaling dies and comes back, and while networks change under them."""

import asyncio
from typing import Any

import pytest

import relay
import signaling
import stunwire
from peer import Configuration, EndKind, IceTransportPolicy, PathKind, SessionState, meet
from peer.happenings import PathChanged, SignalingChanged, StateChanged
from peer.restarts import Reason

from .talking import Talk, play, restarts, silence

SECRET = "shared"


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
