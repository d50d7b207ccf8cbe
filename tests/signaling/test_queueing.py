"""Tickets of a client: what they tell, and what becomes of them."""

import asyncio
from typing import Any

import pytest

from signaling import messages
from signaling.codes import Verdict
from signaling.errors import RefusedError, TicketOverError
from signaling.events import Closed, PeerBack, Reconnected
from signaling.matchmaking.ledger.dealings import Outcome
from signaling.queueevents import (
    MatchAccepted,
    MatchFound,
    MatchStarted,
    TicketEnded,
    TicketQueued,
    TicketRequeued,
    TicketUpdated,
)
from signaling.queueing import AfterLoss, Queueing

FOUND = MatchFound("t1", "duel", "m", 2, 10.0, asks=True)
STARTED = MatchStarted("t1", "duel", "m", "r", "me", 0, "me", (), (), token="secret")


class Server:
    """In the place of a client: says yes to everything, or what it is told to."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.tickets = 0
        self.refusals: list[RefusedError] = []

    async def ask(self, request: Any, expected: Any) -> Any:
        self.said.append(request)
        if self.refusals:
            raise self.refusals.pop(0)
        if expected is not messages.TicketQueued:
            return messages.Ok()
        self.tickets += 1
        return messages.TicketQueued(ticket=f"t{self.tickets}", queue=request.queue, waiting=1)

    async def join(self, room: str, **more: Any) -> Any:
        self.said.append((room, more))


class Table:
    """A client's tickets, and the tasks that they start."""

    def __init__(self) -> None:
        self.server = Server()
        self.tasks: list[asyncio.Task] = []
        self.queueing = Queueing(
            self.server, lambda work: self.tasks.append(asyncio.ensure_future(work))
        )

    async def ticket(self, after_loss: AfterLoss = AfterLoss.END) -> Any:
        return await self.queueing.enqueue(messages.EnterQueue(queue="duel"), after_loss)


@pytest.fixture
def table() -> Table:
    return Table()


async def test_there_is_one_ticket_in_a_queue(table: Table) -> None:
    await table.ticket()
    with pytest.raises(RefusedError, match="already"):
        await table.ticket()
    table.queueing.hear(TicketEnded("t1", "duel", Outcome.EXPIRED))
    assert (await table.ticket()).id == "t2"


async def test_a_ticket_that_is_refused_is_none(table: Table) -> None:
    table.server.refusals = [RefusedError(404, "not_found", "no such queue")]
    with pytest.raises(RefusedError):
        await table.ticket()
    assert (await table.ticket()).id == "t1"


async def test_what_is_about_no_ticket_is_for_everybody(table: Table) -> None:
    await table.ticket()
    assert not table.queueing.hear(PeerBack("r", "bob", 3))
    assert not table.queueing.hear(TicketEnded("x", "other", Outcome.EXPIRED))
    assert not table.queueing.hear(MatchAccepted("m", 1, 2))
    assert table.queueing.hear(FOUND)
    assert table.queueing.hear(MatchAccepted("m", 1, 2))


async def test_a_match_that_asks_is_accepted_once(table: Table) -> None:
    ticket = await table.ticket()
    waiting = asyncio.create_task(ticket.match())
    table.queueing.hear(FOUND)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    table.queueing.hear(MatchAccepted("m", 1, 2))
    table.queueing.hear(STARTED)
    assert (await waiting).id == "m"
    assert [type(each) for each in table.server.said] == [
        messages.EnterQueue, messages.AcceptMatch
    ]  # fmt: skip


async def test_a_yes_that_comes_too_late_is_no_failure(table: Table) -> None:
    ticket = await table.ticket()
    waiting = asyncio.create_task(ticket.match())
    table.server.refusals = [RefusedError(404, "not_found", "too late")]
    table.queueing.hear(FOUND)
    await asyncio.sleep(0.001)
    table.queueing.hear(TicketRequeued("t1", "duel", "m", Outcome.LOST))
    await asyncio.sleep(0.001)
    table.queueing.hear(STARTED)
    assert (await waiting).id == "m"


async def test_of_updates_that_nobody_takes_the_newest_is_kept(table: Table) -> None:
    ticket = await table.ticket()
    for seconds in range(1000):
        table.queueing.hear(TicketUpdated("t1", "duel", float(seconds), 3))
    for number in range(1000):
        table.queueing.hear(TicketRequeued("t1", "duel", str(number), Outcome.LOST))
    table.queueing.hear(TicketEnded("t1", "duel", Outcome.EXPIRED))
    events = [event async for event in ticket]
    assert len(events) == 256
    assert events[-2].match == "999"


async def test_its_time_goes_on_between_two_updates(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, times = await table.ticket(), []
    for now, news in (
        (100.0, TicketQueued("t1", "duel", 1)),
        (102.5, None),
        (110.0, TicketUpdated("t1", "duel", 9.0, 3)),
        (400.0, None),
    ):
        monkeypatch.setattr("signaling.queueing.time.monotonic", lambda now=now: now)
        if news is not None:
            table.queueing.hear(news)
        times.append(ticket.waited)
    assert times == [0.0, 2.5, 9.0, 299.0]


async def test_a_session_that_is_lost_ends_a_ticket_or_gets_another(table: Table) -> None:
    ticket = await table.ticket(AfterLoss.AGAIN)
    table.server.refusals = [RefusedError(429, "rate_limited", "later", retry_after=0.001)]
    table.queueing.hear(Reconnected(resumed=True))
    assert table.tasks == []
    table.queueing.hear(Reconnected(resumed=False))
    await asyncio.sleep(0)
    assert [event async for event in _first(ticket)] == [TicketQueued("t2", "duel", 1)]
    assert (ticket.id, ticket.is_over) == ("t2", False)


async def _first(ticket: Any) -> Any:
    yield await anext(ticket)


async def test_a_ticket_that_cannot_be_had_again_is_over(table: Table) -> None:
    ticket = await table.ticket(AfterLoss.AGAIN)
    table.server.refusals = [RefusedError(404, "not_found", "no such queue")]
    table.queueing.hear(Reconnected(resumed=False))
    with pytest.raises(TicketOverError, match="lost"):
        await ticket.match()
    await table.ticket()


async def test_when_the_client_is_closed_nobody_waits(table: Table) -> None:
    ticket = await table.ticket()
    waiting = asyncio.create_task(ticket.match())
    await asyncio.sleep(0)
    table.queueing.hear(Closed(1000, "normal", "", Verdict.STAY_AWAY))
    with pytest.raises(Exception, match="normal"):
        await waiting
    with pytest.raises(Exception, match="normal"):
        await anext(ticket)
    assert ticket.is_over


async def test_a_match_is_played_to_its_end(table: Table) -> None:
    ticket = await table.ticket()
    table.queueing.hear(STARTED)
    match = await ticket.match()
    await match.join()
    await match.open([0, 1])
    await match.finish({"score": 3})
    table.queueing.hear(TicketEnded("t1", "duel", Outcome.FINISHED, "m", {"score": 3}))
    assert (await match.ended()).result == {"score": 3}
    entered, opened, told = table.server.said[1:]
    assert entered == ("r", {"key": "secret", "meta": None})
    assert (opened.seats, bytes(told.result)) == ((0, 1), b'{"score":3}')
    assert "m of 'duel'" in repr(match)
    assert "t1" in repr(ticket)
