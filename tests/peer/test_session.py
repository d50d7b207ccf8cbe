"""Sessions in a simulated world: how they connect, and what happens when something goes wrong."""

import asyncio
from typing import Any

import pytest

import nat
import signaling
from peer import (
    CandidateType,
    Configuration,
    ConfigurationError,
    IceTransportPolicy,
    PathKind,
    SessionFailedError,
    SessionState,
    meet,
)
from peer.timeline import Step

DEAD = "203.0.113.99"


async def connect_raw(world: Any, name: str, room: str = "room") -> Any:
    """A member that speaks signaling and is no session."""
    context = signaling.connect(world.url, peer=name)
    client = await context.__aenter__()
    return context, client, await client.join(room)


def test_two_peers_behind_port_restricted_nats_connect_directly(make_world: Any) -> None:
    world = make_world()
    said = []

    async def listen(session: Any, channel: Any) -> None:
        said.append(await channel.receive())
        await channel.send(b"\x00\xff")

    async def speak(session: Any, channel: Any) -> None:
        await channel.send("hello")
        said.append(await channel.receive())

    sessions = world.run(world.pair(listen, speak))
    assert said == ["hello", b"\x00\xff"]
    for session in sessions.values():
        assert session.path is not None
        assert session.path.kind is PathKind.REFLEXIVE
        assert session.state is SessionState.CLOSED
    alice, bob = sessions["alice"].path, sessions["bob"].path
    assert alice.local == bob.remote
    assert bob.local == alice.remote


def test_a_path_has_settled_once_it_is_direct_and_a_relayed_one_after_a_while(
    make_world: Any,
) -> None:
    took: dict[PathKind, float] = {}

    async def act(session: Any, channel: Any) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        path = await session.settled(within=2.0)
        took[path.kind] = loop.time() - start

    direct = make_world()
    direct.run(direct.pair(act, act))
    relayed = make_world(nats=(nat.SYMMETRIC, nat.SYMMETRIC))
    relayed.run(relayed.pair(act, act))
    assert took[PathKind.REFLEXIVE] < 0.5
    assert took[PathKind.RELAYED] == pytest.approx(2.0, abs=0.01)


def test_candidates_come_in_the_order_host_reflexive_relayed(make_world: Any) -> None:
    world = make_world()

    async def until_gathered(session: Any, channel: Any) -> None:
        while session.timeline.at(Step.GATHERING_ENDED) is None:
            await asyncio.sleep(0.01)

    sessions = world.run(world.pair(until_gathered, until_gathered))
    for session in sessions.values():
        assert [candidate.type for candidate in session.candidates] == [
            CandidateType.HOST,
            CandidateType.SERVER_REFLEXIVE,
            CandidateType.RELAYED,
        ]
        times = [candidate.at for candidate in session.candidates]
        assert times == sorted(times)
        priorities = [candidate.priority for candidate in session.candidates]
        assert priorities == sorted(priorities, reverse=True)


def test_the_offer_leaves_before_gathering_ends(make_world: Any) -> None:
    world = make_world()
    sessions = world.run(world.pair())
    for session in sessions.values():
        sent = session.timeline.at(Step.DESCRIPTION_SENT)
        assert sent <= session.candidates[0].at
        assert sent < session.candidates[1].at


def test_the_wire_carries_description_candidates_and_end_in_that_order(make_world: Any) -> None:
    """The other member is a plain signaling client that writes down what it gets."""
    world = make_world()
    heard: list[tuple[str, Any]] = []

    async def main() -> None:
        with world.alice:
            context, client, _ = await connect_raw(world, "alice")
        configuration = Configuration(meeting_deadline=5.0)

        async def come() -> None:
            async with (
                signaling.connect(world.url, peer="bob") as bob,
                meet(bob, "room", configuration) as session,
            ):
                with pytest.raises(SessionFailedError, match="no connection within 5 s"):
                    await session.connected()

        async with asyncio.TaskGroup() as group:
            world.bob.start(group, come())
            async for event in client.events():
                if isinstance(event, signaling.SignalReceived):
                    heard.append((event.kind.value, event.data))
                if isinstance(event, signaling.PeerLeft):
                    break
        await context.__aexit__(None, None, None)

    world.run(main())
    kinds = [kind for kind, _ in heard]
    assert kinds == ["offer", *["candidates"] * (len(kinds) - 1)]
    assert "a=ice-options:trickle" in heard[0][1]["sdp"]
    assert "a=candidate" not in heard[0][1]["sdp"]
    assert "a=end-of-candidates" not in heard[0][1]["sdp"]
    told = [one for _, data in heard[1:] for one in data]
    types = [one["candidate"].split(" typ ")[1].split()[0] for one in told]
    assert types == ["host", "srflx", "relay"]
    assert heard[-1][1] == []


def test_relay_only_uses_and_tells_nothing_but_the_relay(make_world: Any) -> None:
    relay_only = Configuration(policy=IceTransportPolicy.RELAY)
    world = make_world(configurations=(relay_only, relay_only))
    sessions = world.run(world.pair())
    for session in sessions.values():
        assert session.path.kind is PathKind.RELAYED
        assert {candidate.type for candidate in session.candidates} == {CandidateType.RELAYED}
        assert all("raddr 0.0.0.0" in candidate.line for candidate in session.candidates)


def test_relay_only_without_a_relay_fails_and_says_so(make_world: Any) -> None:
    relay_only = Configuration(policy=IceTransportPolicy.RELAY)
    world = make_world(
        configurations=(relay_only, relay_only), ice=signaling.IceSettings(("stun:198.51.100.10",))
    )
    with pytest.raises(ExceptionGroup) as caught:
        world.run(world.pair())
    assert caught.group_contains(SessionFailedError, match="no path: local candidates none")


@pytest.mark.parametrize(
    "dead", [(f"stun:{DEAD}",), (f"turn:{DEAD}",), (f"stun:{DEAD}", f"turn:{DEAD}")]
)
def test_a_dead_server_delays_nobody_and_is_reported(
    make_world: Any, dead: tuple[str, ...]
) -> None:
    """The set-up takes the same virtual time as without it."""
    good = signaling.IceSettings(("stun:198.51.100.10",), ("turn:198.51.100.10",), "shared")
    with_dead = signaling.IceSettings(
        (*(url for url in dead if url.startswith("stun")), *good.stun_urls),
        (*(url for url in dead if url.startswith("turn")), *good.turn_urls),
        "shared",
    )

    async def until_gathered(session: Any, channel: Any) -> None:
        while session.timeline.at(Step.GATHERING_ENDED) is None:
            await asyncio.sleep(0.1)

    setups = []
    for ice in (good, with_dead):
        world = make_world(ice=ice)
        sessions = world.run(world.pair(until_gathered, until_gathered))
        setups.append(sessions["bob"].timeline.setup)
    assert setups[1] == pytest.approx(setups[0], abs=0.001)
    for session in sessions.values():
        assert {failure.server for failure in session.failures} == set(dead)
        assert all(failure.reason == "no answer within 2 s" for failure in session.failures)
        assert session.timeline.at(Step.GATHERING_ENDED) < session.candidates[0].at + 2.1


def test_several_working_servers_are_all_asked(make_world: Any) -> None:
    ice = signaling.IceSettings(
        ("stun:198.51.100.10", "stun:server"), ("turn:198.51.100.10", "turn:server"), "shared"
    )
    world = make_world(ice=ice)

    async def until_gathered(session: Any, channel: Any) -> None:
        while session.timeline.at(Step.GATHERING_ENDED) is None:
            await asyncio.sleep(0.1)

    sessions = world.run(world.pair(until_gathered, until_gathered))
    asked = [candidate.server for candidate in sessions["bob"].candidates]
    assert asked[0] is None
    assert sorted(filter(None, asked)) == sorted((*ice.stun_urls, *ice.turn_urls))


def test_phases_are_data_and_add_up(make_world: Any) -> None:
    world = make_world()
    for session in world.run(world.pair()).values():
        phases = session.timeline.phases
        assert [phase.name for phase in phases] == ["signaling", "ICE", "DTLS", "channel open"]
        assert sum(phase.duration for phase in phases) == pytest.approx(session.timeline.setup)


def test_two_symmetric_nats_without_a_relay_find_no_path_within_the_deadline(
    make_world: Any,
) -> None:
    world = make_world(
        nats=(nat.SYMMETRIC, nat.SYMMETRIC), ice=signaling.IceSettings(("stun:198.51.100.10",))
    )
    with pytest.raises(ExceptionGroup) as caught:
        world.run(world.pair(), deadline=30.0)
    assert caught.group_contains(
        SessionFailedError, match="no path: local candidates host, server-reflexive; 2 from"
    )


def test_a_server_that_makes_no_sense_is_refused_before_joining(make_world: Any) -> None:
    world = make_world(ice=signaling.IceSettings(("http://example.org",)))
    with pytest.raises(ExceptionGroup) as caught:
        world.run(world.pair())
    assert caught.group_contains(ConfigurationError, match="http://example.org")


def test_lossy_links_still_connect(make_world: Any) -> None:
    """A tenth of all packets is lost, DTLS flights among them."""
    for seed in range(1, 4):
        world = make_world(seed=seed)
        for home in (world.alice_home, world.bob_home):
            world.simulation.link(home, loss=0.1)
        sessions = world.run(world.pair())
        assert all(session.path is not None for session in sessions.values())
