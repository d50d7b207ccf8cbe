"""Sessions in a simulated world: how they connect, and what happens when something goes wrong."""

import asyncio
import logging
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
    assert kinds == ["offer", "candidates", "candidates", "candidates", "candidates"]
    assert "a=ice-options:trickle" in heard[0][1]["sdp"]
    assert "a=candidate" not in heard[0][1]["sdp"]
    assert "a=end-of-candidates" not in heard[0][1]["sdp"]
    types = [data[0]["candidate"].split(" typ ")[1].split()[0] for _, data in heard[1:4]]
    assert types == ["host", "srflx", "relay"]
    assert heard[4][1] == []


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


def test_closing_one_side_ends_the_other(make_world: Any) -> None:
    world = make_world()
    ended: list[tuple[str, SessionState]] = []

    async def wait(session: Any, channel: Any) -> None:
        reason = await session.ended()
        ended.append((reason, session.state))

    async def main() -> None:
        joined = asyncio.Event()

        async def alice() -> None:
            async with (
                signaling.connect(world.url, peer="alice") as client,
                meet(client, "room") as session,
            ):
                joined.set()
                await wait(session, await session.connected())

        async def bob() -> None:
            async with (
                signaling.connect(world.url, peer="bob") as client,
                meet(client, "room") as session,
            ):
                await session.connected()

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, alice())
            await joined.wait()
            world.bob.start(group, bob())

    world.run(main())
    ((reason, state),) = ended
    assert state is SessionState.ENDED
    assert "the other side" in reason


def test_the_other_member_leaving_while_connecting_fails_the_session(make_world: Any) -> None:
    world = make_world()

    async def main() -> None:
        with world.alice:
            context, client, _ = await connect_raw(world, "alice")

        async def bob() -> None:
            async with (
                signaling.connect(world.url, peer="bob") as bob_client,
                meet(bob_client, "room") as session,
            ):
                with pytest.raises(SessionFailedError, match="left the room"):
                    await session.connected()
                assert session.state is SessionState.FAILED

        async with asyncio.TaskGroup() as group:
            world.bob.start(group, bob())
            async for event in client.events():
                if isinstance(event, signaling.SignalReceived):
                    break
            await context.__aexit__(None, None, None)

    world.run(main())


def test_a_call_outlives_the_signaling_server(make_world: Any) -> None:
    world = make_world()

    async def main() -> None:
        both = asyncio.Barrier(2)
        joined = asyncio.Event()

        async def side(name: str) -> None:
            async with (
                signaling.connect(world.url, peer=name) as client,
                meet(client, "room") as session,
            ):
                joined.set()
                channel = await session.connected()
                await both.wait()
                await client.close()
                await asyncio.sleep(5)
                await channel.send(name)
                assert await channel.receive() in {"alice", "bob"}
                assert session.state is SessionState.CONNECTED
                await both.wait()

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, side("alice"))
            await joined.wait()
            world.bob.start(group, side("bob"))

    world.run(main())


BAD_SIGNALS = [
    (signaling.SignalKind.OFFER, {"sdp": "this is no SDP"}, "bad_offer"),
    (
        signaling.SignalKind.OFFER,
        {"sdp": "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"},
        "bad_offer",
    ),
    (signaling.SignalKind.OFFER, {"no": "sdp"}, "bad_offer"),
    (signaling.SignalKind.OFFER, 7, "bad_offer"),
]


@pytest.mark.parametrize(("kind", "data", "name"), BAD_SIGNALS)
def test_an_offer_that_cannot_be_used_is_answered_with_why(
    make_world: Any, caplog: Any, kind: Any, data: Any, name: str
) -> None:
    world = make_world()
    answers: list[Any] = []

    async def main() -> None:
        joined = asyncio.Event()

        async def alice() -> None:
            async with (
                signaling.connect(world.url, peer="alice") as client,
                meet(client, "room") as session,
            ):
                joined.set()
                with pytest.raises(SessionFailedError):
                    await session.connected()
                await asyncio.sleep(1)

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, alice())
            await joined.wait()
            with world.bob:
                context, client, _ = await connect_raw(world, "bob")
            await client.signal("room", "alice", kind, data, pc="x")
            async for event in client.events():
                if isinstance(event, signaling.SignalReceived):
                    answers.append(event.data)
                    break
            await context.__aexit__(None, None, None)

    with caplog.at_level(logging.WARNING):
        world.run(main())
    assert answers[0]["error"]["name"] == name
    assert answers[0]["error"]["message"]
    assert any("offer" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    "candidate",
    [
        {"candidate": "candidate:nonsense", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 1 not-an-address 9 typ host", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 1 192.0.2.1 99999 typ host", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ wormhole", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 0 192.0.2.1 9 typ host", "sdpMid": "0"},
        {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host"},
        {"candidate": 5},
        "text",
    ],
)
def test_a_candidate_that_does_not_parse_is_answered_and_the_connection_still_comes_up(
    make_world: Any, candidate: Any
) -> None:
    world = make_world()
    complaints: list[Any] = []

    async def main() -> None:
        joined, done = asyncio.Event(), asyncio.Event()

        async def alice() -> None:
            async with (
                signaling.connect(world.url, peer="alice") as client,
                meet(client, "room") as session,
            ):
                joined.set()
                await session.connected()
                await done.wait()

        async def bob() -> None:
            async with (
                signaling.connect(world.url, peer="bob") as client,
                meet(_Meddler(client, candidate, complaints), "room") as session,
            ):
                await session.connected()
                done.set()

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, alice())
            await joined.wait()
            world.bob.start(group, bob())

    world.run(main())
    assert complaints
    assert complaints[0]["error"]["name"] == "bad_candidates"


class _Meddler:
    """A client that slips a bad candidate in behind the offer, and listens for complaints."""

    def __init__(self, client: signaling.Client, candidate: Any, complaints: list[Any]) -> None:
        self._client = client
        self._candidate = candidate
        self._complaints = complaints

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def signal(self, room: str, to: str, kind: Any, data: Any, *, pc: str) -> None:
        await self._client.signal(room, to, kind, data, pc=pc)
        if kind is signaling.SignalKind.OFFER:
            await self._client.signal(
                room, to, signaling.SignalKind.CANDIDATES, [self._candidate], pc=pc
            )

    async def events(self) -> Any:
        async for event in self._client.events():
            if (
                isinstance(event, signaling.SignalReceived)
                and event.kind is signaling.SignalKind.CUSTOM
            ):
                self._complaints.append(event.data)
            yield event


def test_candidates_of_another_attempt_are_dropped(make_world: Any) -> None:
    """A late candidate of a dead attempt must not end up in the living one."""
    world = make_world()
    late = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0"}

    async def send_late(session: Any, channel: Any) -> None:
        pass

    async def main() -> None:
        async def stranger() -> None:
            async with signaling.connect(world.url, peer="mallory") as client:
                await client.join("room")
                await client.signal(
                    "room", "alice", signaling.SignalKind.CANDIDATES, [late], pc="other"
                )

        await world.pair(send_late, send_late)

    world.run(main())
    for session in world.sessions.values():
        assert all("192.0.2.1" not in line for line in session.remote_candidates)


def test_lossy_links_still_connect(make_world: Any) -> None:
    """A tenth of all packets is lost, DTLS flights among them."""
    for seed in range(3):
        world = make_world(seed=seed)
        for home in (world.alice_home, world.bob_home):
            world.simulation.link(home, loss=0.1)
        sessions = world.run(world.pair())
        assert all(session.path is not None for session in sessions.values())
