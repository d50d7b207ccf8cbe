"""Data on the active pair: before nomination, counted, and never on a pair that was lost."""

import asyncio
from typing import Any

import pytest

from peer import IceTransportPolicy
from peer.engine.events import PathChanged, RelayLost
from peer.report import CheckFailure, IceState

STUN = "stun:198.51.100.10"
TURN = "turn:198.51.100.10"
OTHER_TURN = "turn:198.51.100.11"


async def test_a_flood_before_anybody_reads_is_not_kept(make_agent: Any, plan: Any) -> None:
    agent = make_agent("a", plan())
    for _ in range(5000):
        agent.connection.data_received(b"\x16flood", 1)
        agent.connection.data_received(b"\x00broken STUN", 1)
    assert 0 < agent.connection._queue.qsize() < 2000
    with pytest.raises(ConnectionError, match="not connected"):
        await agent.connection.send(b"\x16")
    await agent.connection.close()


def test_data_flows_on_the_first_pair_that_works_ahead_of_its_nomination(
    make_world: Any, plan: Any, servers: Any, play: Any
) -> None:
    """RFC 8445 §12.1. The controlling side needs another round trip to know of the nomination."""
    found: list[float] = []

    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(1)

    both = plan(servers(STUN))
    ends = play(make_world(), (both, both), act)
    for end in ends:
        path = next(time for time, event in end.events if isinstance(event, PathChanged))
        nominated = next(
            time
            for time, event in end.events
            if getattr(event, "state", None) is IceState.COMPLETED
        )
        found.append(nominated - path)
    assert found[0] == pytest.approx(0.05, abs=0.03)


def test_an_allocation_that_dies_is_told_and_ends_the_pair_that_uses_it(
    make_world: Any, plan: Any, servers: Any, play: Any
) -> None:
    world = make_world()

    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(4)
        pair = a.connection._current.connection.active
        with a.host:
            await asyncio.create_task(pair.protocol.close())
        await a.connection.send(b"\x16nowhere")
        await asyncio.sleep(1)

    username, credential = world.turn_credential()
    both = plan(
        servers(TURN, username=username, credential=credential), policy=IceTransportPolicy.RELAY
    )
    a, _ = play(world, (both, both), act)
    assert [event.server for _, event in a.events if isinstance(event, RelayLost)] == [TURN]
    assert a.states()[-2:] == ["failed", "closed"]
    (generation,) = a.connection.report().generations
    assert generation.selected.failure is CheckFailure.SOCKET_LOST


def test_a_relay_that_falls_silent_is_replaced_by_another_with_a_restart(
    make_two_relays: Any, plan: Any, servers: Any, play: Any
) -> None:
    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(4)
        relays = {"198.51.100.10": world.server, OTHER_TURN.removeprefix("turn:"): world.other}
        used = a.paths()[-1].local[0]
        world.simulation.link(relays[used], loss=1.0)
        died.append((world.simulation.now, used))
        while a.connection.state is not IceState.DISCONNECTED:
            await asyncio.sleep(0.05)
        a.restart()
        await asyncio.sleep(4)

    died: list[tuple[float, str]] = []
    world = make_two_relays()
    username, credential = world.turn_credential()
    both = plan(
        servers(TURN, OTHER_TURN, username=username, credential=credential),
        policy=IceTransportPolicy.RELAY,
    )
    for end in play(world, (both, both), act):
        (at, used), path = died[0], end.paths()[-1]
        assert used not in (path.local[0], path.remote[0])
        # 5 s of silence until it shows, then what is said through signaling, and an allocation.
        back = next(time for time, _ in end.got if time > at + 0.2)
        assert back - at < 6.0
        assert [number for _, number in end.got] == sorted(number for _, number in end.got)


def test_a_spare_relay_that_dies_is_replaced_by_one_of_another_server(
    make_two_relays: Any, plan: Any, servers: Any, play: Any
) -> None:
    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(5)
        (spare,) = relays(a)
        lost.append(spare.local_candidate.host)
        with a.host:
            await asyncio.create_task(spare.close())
        await asyncio.sleep(1)
        held.extend(one.local_candidate.host for one in relays(a))
        known.extend(one.host for one in b.connection.remote_candidates)

    def relays(end: Any) -> Any:
        protocols = end.connection._current.connection._protocols
        return [one for one in protocols if one.local_candidate.type == "relay"]

    lost: list[str] = []
    held: list[str] = []
    known: list[str] = []
    world = make_two_relays()
    username, credential = world.turn_credential()
    both = plan(
        servers(STUN, TURN, OTHER_TURN, username=username, credential=credential), spare_relay=True
    )
    a, _ = play(world, (both, both), act, every=0)
    assert {*lost, *held} == {"198.51.100.10", "198.51.100.11"}
    assert known.count(held[0]) == 2  # that of the set-up, given back, and the new one
    told = [event.server for _, event in a.events if isinstance(event, RelayLost)]
    assert told == [f"turn:{lost[0]}"]
    assert a.states()[-2:] == ["completed", "closed"]
