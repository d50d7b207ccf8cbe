"""The backplane over a real server: it starts, refuses to start, and comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from signaling.messages import LeaveReason, Ok
from signaling.nodes import (
    BackplaneUnreachableError,
    BackplaneUrlError,
    NameTakenError,
    RedisBackplane,
    Times,
)
from signaling.orders import Enter, Member, Relay, Terms
from signaling.reports import Departed, Entered, Reach, Relayed, Report, Resynced
from tests.signaling.nodes.redisserver import RedisServer

UNHURRIED = Times(renewal=0.1, lease=30.0, patience=30.0)
"""Much is renewed, and a machine that is busy with other things is not taken for dead."""


class Ear:
    """Hears what a backplane reports, and waits for it."""

    def __init__(self, backplane: RedisBackplane) -> None:
        self.backplane = backplane
        self.heard: list[Report] = []
        self._news = asyncio.Event()
        backplane.listen(self._hear)

    def _hear(self, report: Report) -> None:
        self.heard.append(report)
        self._news.set()

    async def wait(self, wanted: Callable[[Report], bool]) -> Report:
        async with asyncio.timeout(20):
            while not (found := [each for each in self.heard if wanted(each)]):
                self._news.clear()
                await self._news.wait()
        return found[-1]

    async def kind(self, kind: type) -> Report:
        return await self.wait(lambda report: isinstance(report, kind))


@asynccontextmanager
async def nodes(
    server: RedisServer, prefix: str, *names: str, times: Times = UNHURRIED
) -> AsyncIterator[list[Ear]]:
    if not names:
        yield []
        return
    first, *others = names
    async with (
        RedisBackplane(server.url, first, prefix=prefix, times=times) as backplane,
        nodes(server, prefix, *others, times=times) as ears,
    ):
        yield [Ear(backplane), *ears]


def enter(sid: str, node: str) -> Enter:
    return Enter("a*[room]", Member(sid, sid, node, {}), Terms(4), 1)


async def test_members_meet_messages_cross_and_an_operator_sees_and_kicks(
    redis_server: RedisServer,
) -> None:
    async with nodes(redis_server, "meet", "a", "b") as (a, b):
        assert a.backplane.carry(enter("ann", "a")) == []
        await a.kind(Entered)
        b.backplane.carry(enter("bob", "b"))
        await b.kind(Entered)
        a.backplane.carry(Relay("b", "bob", Ok(id=1)))
        assert await b.kind(Relayed) == Relayed("bob", Ok(id=1))
        (room,) = await b.backplane.rooms()
        assert [member.peer for member in room.members] == ["ann", "bob"]
        assert await a.backplane.kick("a*[room]", "bob", by="operator", msg="enough")
        assert not await a.backplane.kick("a*[room]", "eve")
        gone = await b.kind(Departed)
        assert isinstance(gone, Departed)
        assert (gone.sid, gone.reason, gone.by) == ("bob", LeaveReason.KICKED, "operator")


async def test_deployments_with_different_prefixes_do_not_meet(redis_server: RedisServer) -> None:
    async with nodes(redis_server, "one", "a") as (a,), nodes(redis_server, "two", "a") as (z,):
        a.backplane.carry(enter("ann", "a"))
        await a.kind(Entered)
        assert await z.backplane.rooms() == []
        assert await a.backplane.shared_key() != await z.backplane.shared_key()


async def test_all_nodes_have_one_key(redis_server: RedisServer) -> None:
    async with nodes(redis_server, "key", "a", "b") as (a, b):
        assert await a.backplane.shared_key() == await b.backplane.shared_key()


async def test_a_node_that_may_start_alone_takes_the_key_of_the_others(
    redis_server: RedisServer,
) -> None:
    async with (
        nodes(redis_server, "alone", "a") as (a,),
        RedisBackplane(
            redis_server.url, "b", prefix="alone", times=UNHURRIED, wait_for_server=True
        ) as alone,
    ):
        assert await alone.shared_key() == await a.backplane.shared_key()


async def test_scripts_that_the_server_forgot_are_loaded_again(redis_server: RedisServer) -> None:
    async with nodes(redis_server, "flush", "a") as (a,):
        redis_server.client.script_flush()
        a.backplane.carry(enter("ann", "a"))
        await a.kind(Entered)
        assert not [each for each in a.heard if each == Reach(up=False)]


@pytest.mark.parametrize("empty", [True, False])
async def test_a_restarted_server_is_told_again(tmp_path: Path, *, empty: bool) -> None:
    with RedisServer(keeps=not empty) as server:
        async with nodes(server, "p", "a", "b", times=Times()) as (a, b):
            key = await a.backplane.shared_key()
            a.backplane.carry(enter("ann", "a"))
            await a.kind(Entered)
            b.backplane.carry(enter("bob", "b"))
            await b.kind(Entered)
            server.kill()
            await a.wait(lambda report: report == Reach(up=False))
            a.heard.clear()
            server.start()
            truth = await a.kind(Resynced)
            assert isinstance(truth, Resynced)
            assert {member.sid for member in truth.members} == {"ann", "bob"}
            assert not [each for each in a.heard if isinstance(each, Departed)]
            assert server.client.get("{p}:resume-key") == key


async def test_connections_that_are_cut_are_made_again_and_nothing_is_lost(
    redis_server: RedisServer,
) -> None:
    async with nodes(redis_server, "cut", "a", "b") as (a, b):
        b.backplane.carry(enter("bob", "b"))
        await b.kind(Entered)
        for number in range(1, 31):
            a.backplane.carry(Relay("b", "bob", Ok(id=number)))
            if number % 10 == 0:
                redis_server.client.client_kill_filter(_type="pubsub")
                redis_server.client.client_kill_filter(_type="normal", skipme=True)
                await asyncio.sleep(0.05)
        await b.wait(lambda report: report == Relayed("bob", Ok(id=30)))
        heard = [each.message.id for each in b.heard if isinstance(each, Relayed)]
        assert heard == [*range(1, 31)]


async def test_without_a_server_the_start_is_refused_in_a_line(tmp_path: Path) -> None:
    backplane = RedisBackplane(f"unix://user:secret@{tmp_path}/none", "a")
    with pytest.raises(BackplaneUnreachableError, match="cannot be used") as caught:
        await backplane.__aenter__()
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_it_may_start_without_a_server_and_wait_for_it(tmp_path: Path) -> None:
    url = f"unix://{tmp_path}/none"
    async with RedisBackplane(url, "a", wait_for_server=True) as backplane:
        assert not backplane.is_up
        turned = backplane.carry(enter("ann", "a"))
        assert len(turned) == 1


async def test_two_living_nodes_of_one_name_are_refused(redis_server: RedisServer) -> None:
    impatient = Times(lease=0.5)  # for so long it waits for the other to be dead
    async with nodes(redis_server, "twins", "a"):
        with pytest.raises(NameTakenError, match="'a'"):
            async with nodes(redis_server, "twins", "a", times=impatient):
                pass


async def test_a_wrong_url_is_refused() -> None:
    with pytest.raises(BackplaneUrlError):
        RedisBackplane("mysql://localhost", "a")
