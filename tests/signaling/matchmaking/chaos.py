"""Nodes that are killed, asleep, cut off and say everything twice, with players who change their minds."""

import asyncio
import random
import time
from contextlib import AsyncExitStack
from typing import Any

import redis
from redis.exceptions import ConnectionError as RedisConnectionError

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.dealings import (
    Enqueue,
    Found,
    MovePlayer,
    Outcome,
    Over,
    Pause,
    Queued,
    Refused,
    Started,
    Withdraw,
)
from signaling.matchmaking.redis.lane import DeskTimes
from signaling.matchmaking.tickets import Player, Ticket
from tests.signaling.matchmaking.desks import Hub, node

QUEUE = Queue("duel", team_min=5, team_max=5, rating=None, accept_within=5.0)
BURST = 100
TIMES = DeskTimes(beat=0.2, others=0.2, lease=1.5, resume=1.0)


class Chaos:
    """The nodes, the server, and all that was ever enqueued."""

    def __init__(self, client: redis.Redis, url: str, prefix: str, seed: int) -> None:
        self.client = client
        self.url = url
        self.prefix = prefix
        self.rng = random.Random(seed)
        self.hubs: dict[str, Hub] = {}
        self.dead: list[Hub] = []
        self.origin: dict[str, str] = {}
        self.home: dict[str, str] = {}
        self.stacks: dict[str, AsyncExitStack] = {}
        self.names = iter(f"n{number}" for number in range(1000))
        self.underway = 0
        self.done = {"twice": 0, "lost": 0, "late": 0, "killed": 0, "usurped": 0}

    def key(self, name: str) -> str:
        return f"{{{self.prefix}:mm2:duel}}:{name}"

    # --- nodes ----------------------------------------------------------------------------------

    async def start(self) -> None:
        name = next(self.names)
        stack = self.stacks[name] = AsyncExitStack()
        hub = await stack.enter_async_context(node(self.url, name, QUEUE, self.prefix, times=TIMES))
        hub.reply_to = self._answerer(hub.reply_to)  # type: ignore[method-assign]
        lane: Any = hub.desk._lanes["duel"]
        lane.store.run_all = self._disturbed(lane.store.run_all, lane)
        self.hubs[name] = hub

    def _answerer(self, reply_to: Any) -> Any:
        def answer(found: Found) -> Any:
            return reply_to(found, yes=self.rng.random() > 0.01)

        return answer

    def _disturbed(self, run_all: Any, lane: Any) -> Any:
        async def run(todo: Any) -> Any:
            self.underway += 1
            try:
                return await disturbed(todo)
            finally:
                self.underway -= 1

        async def disturbed(todo: Any) -> Any:
            what = self.rng.random()
            if what < 0.05:
                self.done["twice"] += 1
                await run_all(todo)
            elif what < 0.051:
                self.done["lost"] += 1
                await run_all(todo)
                raise RedisConnectionError("it was done, and nobody heard of it")
            elif what < 0.052:
                self.done["lost"] += 1
                raise RedisConnectionError("it was not done")
            elif what < 0.055 and lane.leads:
                self.done["late"] += 1
                await asyncio.sleep(TIMES.lease * 1.5)
            return await run_all(todo)

        return run

    async def kill(self) -> None:
        """A node is no more; some of its players come back elsewhere."""
        name = self.rng.choice(list(self.hubs))
        hub = self.hubs.pop(name)
        self.done["killed"] += 1
        await hub.desk._end_runner()
        self.dead.append(hub)
        others = list(self.hubs.values())
        for ticket, home in self.home.items():
            if home == name and self.rng.random() < 0.5:
                other = self.rng.choice(others)
                self.home[ticket] = other.node
                other.order(MovePlayer("duel", ticket, ticket.replace("t-", ""), other.node))

    def usurp(self) -> None:
        """The lease of the leader is over before it knows: two think that they lead."""
        self.done["usurped"] += 1
        self.client.hset(self.key("lead"), "until", 0)

    async def close(self) -> None:
        for hub in self.dead:
            await hub.desk._client.aclose()
        for name in self.hubs:
            await self.stacks[name].aclose()

    # --- players --------------------------------------------------------------------------------

    def enqueue(self, count: int) -> None:
        for _ in range(count):
            hub = self.rng.choice(list(self.hubs.values()))
            sid = f"s{len(self.home)}"
            player = Player(f"peer-{sid}", sid, hub.node)
            self.home[f"t-{sid}"] = self.origin[f"t-{sid}"] = hub.node
            order = Enqueue(Ticket(f"t-{sid}", "duel", (player,)), 600.0, 1)
            hub.order(order)
            if self.rng.random() < 0.02:
                hub.order(order)

    def trouble(self, count: int) -> None:
        """Some cancel, and some lose their connections."""
        names = list(self.home)[-2000:]
        for _ in range(count):
            ticket = self.rng.choice(names)
            hub, sid = self.hubs.get(self.home[ticket]), ticket.replace("t-", "")
            if hub is not None and self.rng.random() < 0.5:
                hub.order(Withdraw("duel", ticket, sid, Outcome.CANCELLED))
            elif hub is not None:
                hub.order(Pause("duel", ticket, sid, True))
                hub.order(Pause("duel", ticket, sid, False))

    async def settle(self) -> None:
        """Wait until all that can be matched is: fewer wait than a match needs, nobody is asked, nothing is unsaid.

        That nothing happens for a while says nothing: a leader may be asleep.
        """
        settled = 0
        deadline = time.monotonic() + 60.0 + len(self.home) / 100
        while settled < 2:
            assert time.monotonic() < deadline, f"it does not come to an end: {self._state()}"
            await asyncio.sleep(0.25)
            state = self._state()
            fits = state["waiting"] >= QUEUE.teams * QUEUE.team_min
            is_over = not fits and not any(state[each] for each in ("asked", "unsaid", "unheard"))
            settled = settled + 1 if is_over else 0

    def _state(self) -> dict[str, Any]:
        lanes: list[Any] = [hub.desk._lanes["duel"] for hub in self.hubs.values()]
        return {
            "waiting": self.client.hlen(self.key("t")),
            "asked": sum(b"asked" in each for each in self.client.hvals(self.key("m"))),
            "unsaid": self.underway + sum(len(lane.gateway._calls) for lane in lanes),
            "unheard": sum(self._told(lane._node) - lane._number for lane in lanes),
            "leaders": [name for name, hub in self.hubs.items() if hub.desk.leads("duel")],
        }

    def _told(self, name: str) -> int:
        return int(self.client.hget(self.key("told"), name) or 0)

    # --- what became of them --------------------------------------------------------------------

    def check(self) -> dict[str, int]:
        """Each ticket is in one place, and was in one match; hubs and server agree."""
        waits = {name.decode() for name in self.client.hkeys(self.key("t"))}
        where = self.client.hgetall(self.key("w"))
        stamps = {name: kept[2:18] for name, kept in self.client.hgetall(self.key("t")).items()}
        assert stamps == {name: at for name, at in where.items() if not at.startswith(b":")}
        claimed = {name: at[1:] for name, at in where.items() if name not in stamps}
        matched = {ticket.decode(): match.decode() for ticket, match in claimed.items()}
        over = {name.decode() for name in self.client.zrange(self.key("over"), 0, -1)}
        hubs = [*self.hubs.values(), *self.dead]
        started: dict[str, set[str]] = {}
        for hub in hubs:
            for report in hub.of(Started):
                for seat in report.match.seats:
                    started.setdefault(seat.ticket, set()).add(report.match.id)
        assert [ticket for ticket, matches in started.items() if len(matches) > 1] == []
        assert all(started.get(ticket) == {match} for ticket, match in matched.items())
        abandoned = {ticket for ticket in started if ticket not in matched}
        assert abandoned <= over, "all players of a match may be on nodes that died"
        assert {match for ticket in abandoned for match in started[ticket]} <= over
        assert not waits & matched.keys()
        assert not (waits | matched.keys()) & over
        heard = {report.ticket for hub in hubs for report in hub.of(Queued)}
        unknown = self.home.keys() - waits - matched.keys() - over
        assert not unknown & heard, "what was said to wait is somewhere"
        refused = {f"t-{report.sid}" for hub in hubs for report in hub.of(Refused)}
        unsent = {ticket for ticket in unknown if self.origin[ticket] not in self.hubs}
        assert unknown <= refused | unsent, "refused, or unsent when its node died"
        ended = {report.ticket for hub in hubs for report in hub.of(Over)}
        assert not ended & (waits | matched.keys())
        over_tickets = over & self.home.keys()
        total = len(waits) + len(matched) + len(over_tickets) + len(unknown)
        assert total == len(self.home)
        return {
            "enqueued": len(self.home),
            "matched": len(matched),
            "waiting": len(waits),
            "over": len(over_tickets),
            "refused or unsent": len(unknown),
            **self.done,
        }


async def play(url: str, client: redis.Redis, tickets: int, seed: int) -> dict[str, int]:
    """Let it happen, and say what it came to; a leader is usurped and a node killed every few bursts."""
    chaos = Chaos(client, url, f"chaos{seed}", seed)
    for _ in range(3):
        await chaos.start()
    for burst in range(tickets // BURST):
        chaos.enqueue(BURST)
        await asyncio.sleep(0.02)
        chaos.trouble(5)
        if burst % 10 == 5:
            chaos.usurp()
        if burst % 20 == 10:
            await chaos.kill()
            await chaos.start()
    await chaos.settle()
    came_to = chaos.check()
    await chaos.close()
    return came_to
