"""Restarts under a connection that never notices: by either side, crossed, moved, given up, failed."""

import asyncio
import itertools
from typing import Any

import aioice
import pytest

import nat
from peer.engine.events import CandidateFound, GatheringEnded, RestartFailed
from peer.engine.generations import RestartableConnection
from peer.report import IceRole, IceState

STUN = "stun:198.51.100.10"
HOME = ("127.0.0.1",)


def gaps(numbers: list[tuple[float, int]]) -> float:
    """The longest silence between two numbers, seconds."""
    times = [time for time, _ in numbers]
    return max(after - before for before, after in itertools.pairwise(times))


def is_whole(numbers: list[tuple[float, int]]) -> bool:
    """Whether every number came, once and in order."""
    return [number for _, number in numbers] == list(range(len(numbers)))


@pytest.mark.parametrize("starters", [(0,), (1,), (0, 1)], ids=["offerer", "answerer", "in turn"])
def test_a_restart_loses_nothing_reorders_nothing_and_pauses_nothing(
    make_world: Any, plan: Any, servers: Any, play: Any, starters: tuple[int, ...]
) -> None:
    async def act(*ends: Any) -> None:
        await asyncio.sleep(0.5)
        for index in starters:
            before = {end.connection.local_username for end in ends}
            ends[index].restart()
            assert ends[index].connection.restarting
            await asyncio.sleep(1.0)
            assert not {end.connection.local_username for end in ends} & before
            assert not any(end.connection.restarting for end in ends)
        await asyncio.sleep(6.0)

    both = plan(servers(STUN))
    ends = play(make_world(), (both, both), act)
    for end in ends:
        assert len(end.got) > 300
        assert is_whole(end.got)
        assert gaps(end.got) < 0.021
        assert len(end.paths()) == 1 + len(starters)
        rounds = ["connected", "completed"] * (1 + len(starters))
        assert end.states() == ["checking", *rounds, "closed"]


def test_both_sides_may_begin_a_restart_at_once_and_one_comes_of_it(
    make_world: Any, plan: Any, servers: Any, play: Any
) -> None:
    async def act(a: Any, b: Any) -> None:
        a.restart()
        with b.host:
            b.connection.begin_restart()  # its own description is not sent: perfect negotiation yields
        await asyncio.sleep(2.0)
        assert not a.connection.restarting
        assert not b.connection.restarting

    both = plan(servers(STUN))
    for end in play(make_world(), (both, both), act):
        assert is_whole(end.got)
        assert len(end.paths()) == 2


def test_a_host_that_moves_is_back_after_a_restart(
    make_world: Any, plan: Any, servers: Any, play: Any
) -> None:
    world = make_world()
    elsewhere = world.simulation.nat(
        "cafe", nat.PORT_RESTRICTED_CONE, external="203.0.113.3", lan="10.9.0.0/24"
    )
    world.simulation.link(elsewhere, latency=world.latency)
    moved: list[float] = []

    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(0.5)
        world.alice.move(elsewhere)
        moved.append(world.simulation.now)
        a.restart()
        await asyncio.sleep(3.0)

    both = plan(servers(STUN))
    for end in play(world, (both, both), act):
        silence = next(time for time, _ in end.got if time > moved[0] + 0.06) - moved[0]
        # An offer and an answer of 50 ms each, then checks and a nomination over 50 ms.
        assert silence < 0.5
        assert [number for _, number in end.got] == sorted(number for _, number in end.got)


def test_a_restart_that_nobody_answers_leaves_the_old_pair_in_use(
    make_world: Any, plan: Any, play: Any, servers: Any
) -> None:
    async def act(a: Any, b: Any) -> None:
        a.silent = True
        old = a.connection.local_username
        a.restart()
        await asyncio.sleep(20.0)
        assert a.connection.restarting
        with a.host:
            a.connection.abandon_restart()
        assert a.connection.local_username == old
        await asyncio.sleep(1.0)

    both = plan(servers(STUN))
    for end in play(make_world(), (both, both), act, every=0.1):
        assert is_whole(end.got)
        assert len(end.got) > 200
        assert end.states() == ["checking", "connected", "completed", "closed"]


def test_a_restart_whose_checks_all_fail_is_told_and_the_old_pair_goes_on(
    make_world: Any, plan: Any, play: Any, servers: Any
) -> None:
    async def act(a: Any, b: Any) -> None:
        with a.host:
            a.connection.begin_restart()
            a.connection.describe_remote("nobody", "n" * 22)
        await asyncio.sleep(16.0)
        assert not a.connection.restarting

    both = plan(servers(STUN))
    a, b = play(make_world(), (both, both), act, every=0.1)
    assert any(isinstance(event, RestartFailed) for _, event in a.events)
    assert is_whole(b.got)
    assert len(b.got) > 150


def test_the_report_tells_every_generation_with_its_outcome(
    make_world: Any, plan: Any, servers: Any, play: Any
) -> None:
    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(0.5)
        a.restart()
        await asyncio.sleep(1.0)
        with a.host:
            a.connection.begin_restart()
            a.connection.abandon_restart()

    both = plan(servers(STUN))
    world = make_world(nats=(nat.SYMMETRIC, nat.FULL_CONE))
    a, b = play(world, (both, both), act)
    told, heard = a.connection.report(), b.connection.report()
    assert [g.outcome.value for g in told.generations] == ["completed", "completed", "abandoned"]
    assert [g.number for g in heard.generations] == [0, 1]
    assert [state.value for _, state in told.states] == a.states()
    assert told.state is IceState.CLOSED
    for mine, yours in zip(told.generations, heard.generations, strict=False):
        assert (mine.local_ufrag, mine.remote_ufrag) == (yours.remote_ufrag, yours.local_ufrag)
        assert {mine.role, yours.role} == set(IceRole)
        assert mine.remote_ended
        assert [c.address for c in mine.candidates] == [c.address for c in yours.remote_candidates][
            : len(mine.candidates)
        ]
        one, other = mine.selected, yours.selected
        assert one is not None
        assert other is not None
        # A mapping that depends on the remote: bob sees alice where no server has seen her.
        assert one.seen_as[0] == other.remote.address
        assert not other.remote.told
        assert 0.05 <= one.round_trip < 0.06
        assert one.responses_received <= one.requests_sent
        assert one.requests_received == one.responses_sent == other.requests_sent
        assert one.nominated
        assert other.nominated
        assert one.first_request_at < one.succeeded_at <= mine.selections[-1].at
        assert 0 < other.packets_received <= one.packets_sent
        assert one.bytes_sent == 5 * one.packets_sent
        assert yours.selections[0].at >= yours.checking_at >= yours.started_at
    assert told.generations[0].selections[0].reason == "nominated here"
    assert heard.generations[1].selections[0].reason == "restart, nominated by the remote"


def candidate(port: int) -> aioice.Candidate:
    return aioice.Candidate("1", 1, "udp", 100, "127.0.0.1", port, "host")


async def test_candidates_of_a_generation_to_come_wait_for_its_description(plan: Any) -> None:
    connection = RestartableConnection(plan(host_addresses=HOME), lambda _: None)
    await connection.add_remote_candidate(candidate(9), "later")
    await connection.add_remote_candidate(candidate(10), "never")
    connection.describe_remote("first", "p" * 22)
    await connection.add_remote_candidate(candidate(11))
    assert [one.port for one in connection.remote_candidates] == [11]
    connection.describe_remote("later", "q" * 22)
    for _ in range(3):
        await asyncio.sleep(0)
    assert [one.port for one in connection.remote_candidates] == [9]
    await connection.add_remote_candidate(candidate(12), "first")
    assert [one.port for one in connection.remote_candidates] == [9]
    await connection.close()


async def test_an_end_of_candidates_that_came_too_early_ends_nothing(plan: Any) -> None:
    """libwebrtc's description of a restart carries the end of the generation before."""
    connection = RestartableConnection(plan(host_addresses=HOME), lambda _: None)
    connection.describe_remote("user", "p" * 22)
    for one in (None, None, candidate(9), None, candidate(10)):
        await connection.add_remote_candidate(one)
    assert [one.port for one in connection.remote_candidates] == [9, 10]
    assert connection.state is IceState.CHECKING
    await connection.close()


async def test_before_a_pair_is_selected_sending_is_refused_and_after_closing_everything_is(
    plan: Any,
) -> None:
    events: list[Any] = []
    connection = RestartableConnection(plan(host_addresses=HOME), events.append)
    with pytest.raises(ConnectionError, match="credentials"):
        await connection.connect()
    with pytest.raises(ConnectionError, match="no pair"):
        await connection.send(b"\x16")
    await connection.gather_candidates()
    assert [type(event) for event in events] == [CandidateFound, GatheringEnded]
    assert events[0].ufrag == events[1].ufrag == connection.local_username
    reading = asyncio.create_task(connection.recv())
    await asyncio.sleep(0)
    await connection.close()
    await connection.close()
    assert isinstance(await connection.get_event(), aioice.ConnectionClosed)
    for refused in (reading, connection.recv(), connection.send(b"\x16")):
        with pytest.raises(ConnectionError):
            await refused
    connection.begin_restart()
    connection.describe_remote("user", "p" * 22)
    assert connection.state is IceState.CLOSED
    assert connection.path is None


async def test_aiortc_may_give_the_credentials_before_it_connects(plan: Any) -> None:
    connection = RestartableConnection(plan(host_addresses=HOME), lambda _: None)
    connection.remote_username, connection.remote_password = "user", "p" * 22
    connecting = asyncio.create_task(connection.connect())
    await asyncio.sleep(0)
    assert connection.state is IceState.CHECKING
    await connection.close()
    with pytest.raises(ConnectionError, match="closed"):
        await connecting


async def test_a_flood_that_nobody_reads_is_not_kept(plan: Any) -> None:
    connection = RestartableConnection(plan(host_addresses=HOME), lambda _: None)
    for _ in range(5000):
        connection._current.connection.data_received(b"\x16flood", 1)
    assert connection._inbox.qsize() < 2000
    await connection.close()


async def test_a_fresh_restart_replaces_one_whose_checks_run(plan: Any) -> None:
    connection = RestartableConnection(plan(host_addresses=HOME), lambda _: None)
    connection.describe_remote("user", "p" * 22)
    connection.begin_restart()
    waiting = connection.local_username
    connection.begin_restart()
    assert connection.local_username == waiting
    connection.describe_remote("second", "q" * 22)
    assert connection.local_username == waiting
    connection.describe_remote("third", "r" * 22)
    assert connection.local_username != waiting
    assert connection.state is IceState.CHECKING
    await connection.close()
