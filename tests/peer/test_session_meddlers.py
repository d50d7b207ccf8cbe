"""Sessions and those who meddle: third members, second offers, garbage, floods, cancellation."""

import asyncio
import secrets
from typing import Any

import pytest

import nat
import signaling
from peer import PathKind, SessionFailedError, SessionState, meet
from peer.timeline import Step

KINDS = signaling.SignalKind


def meeting(world: Any, alice: Any = None, bob: Any = None, *, rounds: int = 1) -> None:
    """Let both meet, `rounds` times with the same clients; each acts once both are connected."""

    async def main() -> None:
        joined, met, left = asyncio.Event(), asyncio.Barrier(2), asyncio.Barrier(2)

        async def side(name: str, act: Any) -> None:
            async with signaling.connect(world.url, peer=name) as client:
                for _ in range(rounds):
                    if name == "bob":
                        await joined.wait()
                    async with meet(client, "room") as session:
                        joined.set()
                        channel = await session.connected()
                        await met.wait()
                        if act is not None:
                            await act(client, session, channel)
                        await met.wait()
                        joined.clear()
                    await left.wait()

        async with asyncio.TaskGroup() as group:
            world.alice.start(group, side("alice", alice))
            world.bob.start(group, side("bob", bob))

    world.run(main())


async def still_works(session: Any, channel: Any, text: str) -> None:
    await asyncio.sleep(1)
    assert session.state is SessionState.CONNECTED
    await channel.send(text)
    assert await channel.receive() == text


def test_a_third_member_is_told_that_the_others_are_busy_and_disturbs_nobody(
    make_world: Any,
) -> None:
    world = make_world()
    carol_host = world.simulation.host("carol", "198.51.100.50")

    async def bob(_: Any, session: Any, channel: Any) -> None:
        async def carol() -> None:
            async with (
                signaling.connect(world.url, peer="carol") as client,
                meet(client, "room") as third,
            ):
                with pytest.raises(SessionFailedError, match="with another member"):
                    await third.connected()
                assert third.timeline.at(Step.STARTED) is not None

        await carol_host.run(carol())
        await still_works(session, channel, "x")

    meeting(world, lambda _, session, channel: still_works(session, channel, "x"), bob)


@pytest.mark.parametrize("kind", [KINDS.OFFER, KINDS.ANSWER, KINDS.CANDIDATES, KINDS.CUSTOM])
@pytest.mark.parametrize("data", [{"sdp": "v=0"}, [{"candidate": 1}], None, 7])
def test_no_signal_but_a_goodbye_takes_a_connection_down(
    make_world: Any, kind: signaling.SignalKind, data: Any
) -> None:
    world = make_world()

    async def bob(client: Any, session: Any, channel: Any) -> None:
        for attempt in (session.attempt, "another", None):
            await client.signal("room", "alice", kind, data, pc=attempt)
        await still_works(session, channel, "y")

    meeting(world, lambda _, session, channel: still_works(session, channel, "y"), bob)


def test_a_good_candidate_behind_a_bad_one_in_the_same_signal_is_taken(make_world: Any) -> None:
    world = make_world()
    good = {"candidate": "candidate:1 1 udp 1 192.0.2.7 9 typ host", "sdpMid": "0"}

    async def bob(client: Any, session: Any, _: Any) -> None:
        both = [{"candidate": "candidate:nonsense", "sdpMid": "0"}, good]
        await client.signal("room", "alice", KINDS.CANDIDATES, both, pc=session.attempt)
        await asyncio.sleep(1)

    async def alice(_: Any, session: Any, __: Any) -> None:
        await asyncio.sleep(1)
        assert good["candidate"] in session.remote_candidates

    meeting(world, alice, bob)


def test_the_same_two_can_meet_again_in_the_same_room_at_once(make_world: Any) -> None:
    """What was said at the end of one session must not reach the next."""
    meeting(make_world(), rounds=4)


def test_fifty_sessions_leave_no_task_and_no_allocation(make_world: Any) -> None:
    world = make_world()
    tasks: list[int] = []

    async def count(*_: Any) -> None:
        tasks.append(len(asyncio.all_tasks()))

    meeting(world, count, rounds=50)
    assert len(tasks) == 50
    assert max(tasks[1:]) <= tasks[0]
    assert world.relay.counters.allocations == 0


def test_who_is_cancelled_while_joining_is_no_member_afterwards(make_world: Any) -> None:
    world = make_world()

    async def main() -> None:
        async def half() -> Any:
            async with signaling.connect(world.url, peer="alice") as client:
                for after in (0.001, 0.03, 0.06):
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(after), meet(client, "room") as session:
                            await session.connected()
                    assert not (await client.join("room")).peers
                    await client.leave("room")

        await world.alice.run(half())

    world.run(main())


def test_garbage_on_every_port_disturbs_nobody_while_two_connect_and_talk(make_world: Any) -> None:
    """To the peers' candidates, the relay over UDP and the signaling server over TCP."""
    world = make_world(nats=(nat.FULL_CONE, nat.FULL_CONE))  # others keep the vandal out
    vandal = world.simulation.host("vandal", "198.51.100.66")
    rubbish = [b"", b"\x00", b"\x16\xfe\xfd" + bytes(50), b"\x80" * 30, b"\xff" * 1200]
    rubbish += [bytes([kind, 1, 0, 0]) + b"\x21\x12\xa4\x42" + bytes(12) for kind in range(4)]

    async def vandalise(stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("198.51.100.66", 6)
        )
        while not stop.is_set():
            ports = [c.address for s in world.sessions.values() for c in s.candidates]
            public = [address for address in ports if not address[0].startswith("192.168.")]
            for target in [("198.51.100.10", 3478), *public]:
                for data in [*rubbish, secrets.token_bytes(40)]:
                    transport.sendto(data, target)
            _, writer = await asyncio.open_connection("198.51.100.10", 80)
            writer.write(secrets.token_bytes(200) + b"\r\n\r\n")
            await asyncio.sleep(0.02)
            writer.close()
        transport.close()

    async def talk(session: Any, channel: Any) -> None:
        await still_works(session, channel, "z")

    async def main() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            vandal.start(group, vandalise(stop))
            sessions = await world.pair(talk, talk)
            stop.set()
        assert all(session.path.kind is PathKind.REFLEXIVE for session in sessions.values())

    world.run(main())
