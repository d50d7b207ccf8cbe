"""The matcher's process: started when there is work, started again when it dies, ended in time."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from signaling.matchmaking.leading.matching import Feed, Result, Tick
from signaling.matchmaking.ledger.dealings import Enqueue, Found, Reply, Started
from signaling.matchmaking.memory.desk import MemoryDesk
from signaling.matchmaking.worker.process import ProcessWorker
from tests.signaling.matchmaking.ledgers import DUEL, kept, ticket


class _Ear:
    def __init__(self) -> None:
        self.results: asyncio.Queue[Result] = asyncio.Queue()
        self.renewed = asyncio.Event()

    def receive_result(self, result: Result) -> None:
        self.results.put_nowait(result)

    def receive_new_matcher(self) -> None:
        self.renewed.set()


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_it_dies_is_there_again_and_ends() -> None:
    ear = _Ear()
    worker = ProcessWorker(DUEL, ear)
    assert worker.pid is None
    worker.give(Feed((ticket("t1"), ticket("t2"))))
    worker.give(Tick(1, 1.0, ("t1",)))
    async with asyncio.timeout(60):
        first = await ear.results.get()
        assert [each.id for each in first.ticked.proposals[0].tickets] == ["t1", "t2"]
        pid = worker.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await ear.renewed.wait()
        worker.give(Feed((ticket("t3"),)))
        worker.give(Tick(2, 1.0))
        assert (await ear.results.get()).ticked.proposals == ()
        worker.give(Feed(kept=(kept("t4"),)))
        worker.give(Tick(3, 1.0))
        (proposal,) = (await ear.results.get()).ticked.proposals
        assert proposal.tickets == (ticket("t3"), ticket("t4"))
        second = worker.pid
        assert second not in (None, pid)
        await worker.close()
    assert second is not None
    assert not _is_there(second)


async def test_a_rule_that_never_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rule = "def for_ever(group):\n    while True:\n        pass\n"
    (tmp_path / "endlessrule.py").write_text(rule)
    monkeypatch.syspath_prepend(tmp_path)
    ear = _Ear()
    worker = ProcessWorker(replace(DUEL, hook="endlessrule:for_ever"), ear, tick_within=0.5)
    worker.give(Feed((ticket("t1"), ticket("t2"))))
    worker.give(Tick(1, 1.0))
    async with asyncio.timeout(60):
        await ear.renewed.wait()
        await worker.close()
    assert "a tick of duel took more than 0.5 s" in caplog.text


async def test_a_process_that_stands_still_is_replaced_also_while_it_is_told_who_waits() -> None:
    """The pipe to it is full by then, and the tick is not written."""
    ear = _Ear()
    worker = ProcessWorker(DUEL, ear)
    worker.give(Tick(1, 1.0))
    async with asyncio.timeout(60):
        await ear.results.get()
        assert worker.pid is not None
        worker._tick_within = 0.5
        os.kill(worker.pid, signal.SIGSTOP)
        tickets = tuple(ticket(f"t{number}") for number in range(500))
        for _ in range(10):
            worker.give(Feed(tickets))
        worker.give(Tick(2, 2.0))
        await ear.renewed.wait()
        await worker.close()


async def test_a_desk_with_a_process_matches_as_one_without() -> None:
    started = asyncio.Event()
    async with asyncio.timeout(60), MemoryDesk([DUEL], make_worker=ProcessWorker) as desk:

        def receive(report: object) -> None:
            if isinstance(report, Found):
                seat = next(each for each in report.match.seats if each.player.sid == report.sid)
                reply = Reply("duel", report.match.id, seat.ticket, 1, report.sid, True)
                for answer in desk.carry(reply):
                    receive(answer)
            elif isinstance(report, Started):
                started.set()

        desk.listen(receive)
        desk.carry(Enqueue(ticket("t1"), 60.0))
        desk.carry(Enqueue(ticket("t2"), 60.0))
        await started.wait()
