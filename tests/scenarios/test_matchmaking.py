"""Players with the real client, the real server and its desk, in virtual time: what they see, whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

import signaling
from nat.simulator import Simulation
from signaling import (
    AfterLoss,
    Client,
    MemoryDesk,
    Outcome,
    Queue,
    RefusedError,
    Settings,
    TicketEnded,
    TicketOverError,
    TicketQueued,
    TicketRequeued,
    TicketUpdated,
)

SERVER = "198.51.100.10"
URL = f"ws://{SERVER}:80{signaling.PATH}"
DUEL = Queue("duel")
ASKED = Queue("duel", accept_within=10.0)
PAIRS = Queue("pairs", team_max=2, team_min=2, party_max=2, undersized_after=600.0)
LOOSE = Queue("loose", team_max=2, undersized_after=0.0)


class Hall:
    """A server with queues, and the players that come."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.simulation = Simulation(7)
        self.server = self.simulation.host("server", SERVER)
        self.hosts = [
            self.simulation.host(f"p{number}", f"198.51.100.{20 + number}") for number in range(4)
        ]
        self.simulation.link(self.server, latency=0.01)
        self.players = 0
        self.stack = AsyncExitStack()
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the server, perhaps again."""
        up = asyncio.Event()

        async def serve() -> None:
            desk = MemoryDesk([self.queue], clock=asyncio.get_running_loop().time)
            async with signaling.serve(Settings(resume_key=b"kept"), SERVER, 80, desk=desk):
                up.set()
                await asyncio.Event().wait()

        with self.server:
            self._serving = asyncio.create_task(serve())
        await up.wait()

    async def stop(self) -> None:
        """End it at once."""
        assert self._serving is not None
        self._serving.cancel()
        await asyncio.wait([self._serving])

    async def player(self, name: str) -> Client:
        """Let somebody come."""
        host = self.hosts[self.players]
        self.players += 1
        with host:
            return await self.stack.enter_async_context(signaling.connect(URL, peer=name))

    def run(self, scenario: Callable[["Hall"], Awaitable[None]]) -> None:
        """Play it from beginning to end."""

        async def whole() -> None:
            await self.start()
            async with self.stack:
                await scenario(self)
            await self.stop()

        self.simulation.run(whole(), deadline=600.0)


def now() -> float:
    return asyncio.get_running_loop().time()


async def two_are_matched_at_once_and_meet_in_a_room(hall: Hall) -> None:
    alice, bob = await hall.player("alice"), await hall.player("bob")
    began = now()
    hers, his = await alice.enqueue("duel"), await bob.enqueue("duel")
    a, b = await asyncio.gather(hers.match(), his.match())
    assert now() - began < 0.3
    assert (a.id, a.room, a.peers, b.peers) == (b.id, b.room, ("bob",), ("alice",))
    assert {a.team, b.team} == {0, 1}
    assert a.host == b.host
    await a.join()
    joined = await b.join()
    assert [each.peer for each in joined.peers] == ["alice"]
    host = a if a.started.hosts else b
    await host.finish({"score": [7, 5]})
    over = [await a.ended(), await b.ended()]
    assert [(each.reason, each.result) for each in over] == [
        (Outcome.FINISHED, {"score": [7, 5]})
    ] * 2
    assert (await alice.enqueue("duel")).id != hers.id


async def who_is_far_away_hears_why_until_the_window_is_wide_enough(hall: Hall) -> None:
    alice, bob = await hall.player("alice"), await hall.player("bob")
    ticket = await alice.enqueue("duel", rating=1000)
    await bob.enqueue("duel", rating=1180)
    heard = []
    async for event in ticket:
        if isinstance(event, TicketUpdated):
            heard.append(event)
        elif not isinstance(event, TicketQueued):
            break
    assert heard[0].blocked is signaling.matchmaking.proposals.Blocked.RATING
    assert [each.window for each in heard] == sorted(each.window or 0.0 for each in heard)
    assert 12.0 < (await ticket.match()).started.team + heard[-1].waited + 2.0 < 18.0


async def who_declines_is_out_and_the_other_is_first_in_line(hall: Hall) -> None:
    alice, bob, carol = [await hall.player(name) for name in ("alice", "bob", "carol")]
    hers, his = await alice.enqueue("duel"), await bob.enqueue("duel")
    async for event in his:
        if isinstance(event, signaling.MatchFound):
            await his.decline()
            break
    with pytest.raises(TicketOverError) as over:
        await his.match()
    assert over.value.reason is Outcome.DECLINED
    match = asyncio.create_task(hers.match())
    third = await carol.enqueue("duel")
    assert (await third.match()).id == (await match).id
    kinds = [type(await anext(hers)) for _ in range(4)]
    assert TicketRequeued in kinds


async def who_says_nothing_is_out(hall: Hall) -> None:
    alice, bob = await hall.player("alice"), await hall.player("bob")
    hers, his = await alice.enqueue("duel"), await bob.enqueue("duel")
    waiting = asyncio.create_task(hers.match())
    began = now()
    with pytest.raises(TicketOverError):
        await his.match(accept=False)
    assert 9.0 < now() - began < 14.0
    await hers.cancel()
    with pytest.raises(TicketOverError, match="cancelled"):
        await waiting


async def who_is_cut_off_keeps_its_place_and_is_matched_with_nobody(hall: Hall) -> None:
    alice, bob = await hall.player("alice"), await hall.player("bob")
    hers = await alice.enqueue("duel")
    hall.simulation.partition([hall.hosts[0]], [hall.server])
    await asyncio.sleep(45.0)  # until the server has noticed: it pings every 20 s
    his = await bob.enqueue("duel")
    waiting = [asyncio.create_task(ticket.match()) for ticket in (hers, his)]
    await asyncio.sleep(5.0)
    assert not any(task.done() for task in waiting)
    hall.simulation.heal()
    a, b = await asyncio.gather(*waiting)
    assert (a.id, a.peers) == (b.id, ("bob",))


async def after_a_restart_a_ticket_is_queued_again_or_over(hall: Hall) -> None:
    alice, bob = await hall.player("alice"), await hall.player("bob")
    hers = await alice.enqueue("duel", after_loss=AfterLoss.AGAIN)
    his = await bob.enqueue("duel", rating=4000)
    await hall.stop()
    await hall.start()
    with pytest.raises(TicketOverError) as over:
        await his.match()
    assert over.value.reason is Outcome.LOST
    again = await bob.enqueue("duel")
    a, b = await asyncio.gather(hers.match(), again.match())
    assert a.id == b.id


async def a_session_that_plays_and_is_lost_has_lost_its_match(hall: Hall) -> None:
    alice, bob = await hall.player("alice"), await hall.player("bob")
    hers = await alice.enqueue("duel", after_loss=AfterLoss.AGAIN)
    his = await bob.enqueue("duel")
    a, b = await asyncio.gather(hers.match(), his.match())
    await bob.close()
    await a.finish("won")
    over = await a.ended()
    assert (over.reason, over.result, over.leavers) == (Outcome.FINISHED, "won", {"bob": "bye"})
    assert (await b.ended()).reason is Outcome.LOST


async def who_plays_is_back_in_the_room_after_a_restart_and_no_stranger_is(hall: Hall) -> None:
    alice, bob, carol = [await hall.player(name) for name in ("alice", "bob", "carol")]
    hers, his = await alice.enqueue("duel"), await bob.enqueue("duel")
    match, _ = await asyncio.gather(hers.match(), his.match())
    await match.join()
    await hall.stop()
    await hall.start()
    await asyncio.sleep(10.0)
    await alice.update(
        match.room, {"is": "back"}
    )  # by the room token: its new session plays nothing
    with pytest.raises(RefusedError, match="for its players"):
        await carol.join(match.room)


async def a_party_is_one_team(hall: Hall) -> None:
    players = [await hall.player(name) for name in ("alice", "bob", "carol", "dan")]
    parties = [("ab", 2), ("ab", 2), None, None]
    tickets = [
        await player.enqueue("pairs", party=party)
        for player, party in zip(players, parties, strict=True)
    ]
    matches = await asyncio.gather(*(ticket.match() for ticket in tickets))
    assert len({match.id for match in matches}) == 1
    assert matches[0].team == matches[1].team != matches[2].team


async def a_party_that_one_leaves_is_over_for_all(hall: Hall) -> None:
    alice, bob = await hall.player("alice"), await hall.player("bob")
    hers = await alice.enqueue("pairs", party=("ab", 2))
    his = await bob.enqueue("pairs", party=("ab", 2))
    await his.cancel()
    with pytest.raises(TicketOverError, match="cancelled"):
        await hers.match()


async def seats_that_are_opened_are_filled(hall: Hall) -> None:
    alice, bob, carol = [await hall.player(name) for name in ("alice", "bob", "carol")]
    hers, his = await alice.enqueue("loose"), await bob.enqueue("loose")
    a, b = await asyncio.gather(hers.match(), his.match())
    host = a if a.started.hosts else b
    await host.open([1, 0])
    third = await carol.enqueue("loose")
    c = await third.match()
    assert (c.id, c.team, set(c.peers)) == (a.id, 0, {"alice", "bob"})
    async with asyncio.timeout(20):
        while "carol" not in a.peers or "carol" not in b.peers:
            await asyncio.sleep(0.05)
    await b.quit("dinner")
    assert (await b.ended()).reason is Outcome.CANCELLED


async def a_ticket_that_is_left_is_cancelled(hall: Hall) -> None:
    alice = await hall.player("alice")
    async with await alice.enqueue("duel") as ticket:
        assert not ticket.is_over
    async with asyncio.timeout(1.0):
        events = [event async for event in ticket]
    assert isinstance(events[-1], TicketEnded)
    assert events[-1].reason is Outcome.CANCELLED


SCENARIOS = [
    (two_are_matched_at_once_and_meet_in_a_room, DUEL),
    (two_are_matched_at_once_and_meet_in_a_room, ASKED),
    (who_is_far_away_hears_why_until_the_window_is_wide_enough, DUEL),
    (who_declines_is_out_and_the_other_is_first_in_line, ASKED),
    (who_says_nothing_is_out, ASKED),
    (who_is_cut_off_keeps_its_place_and_is_matched_with_nobody, DUEL),
    (after_a_restart_a_ticket_is_queued_again_or_over, DUEL),
    (a_session_that_plays_and_is_lost_has_lost_its_match, DUEL),
    (who_plays_is_back_in_the_room_after_a_restart_and_no_stranger_is, DUEL),
    (a_party_is_one_team, PAIRS),
    (a_party_that_one_leaves_is_over_for_all, PAIRS),
    (seats_that_are_opened_are_filled, LOOSE),
    (a_ticket_that_is_left_is_cancelled, replace(DUEL, expires_after=60.0)),
]


@pytest.mark.parametrize(
    ("scenario", "queue"), SCENARIOS, ids=lambda each: getattr(each, "__name__", "")
)
def test_players_find_each_other(scenario: Callable[[Hall], Awaitable[None]], queue: Queue) -> None:
    Hall(queue).run(scenario)
