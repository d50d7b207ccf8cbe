"""The queue of events is bounded, ordered, and ends."""

import asyncio

import pytest

from signaling.codes import Verdict
from signaling.errors import EventOverflowError
from signaling.events import Closed, EventQueue, IceRenewed, ServerLeaving

LAST = Closed(1000, "normal", "", Verdict.STAY_AWAY)


async def test_events_come_in_order_and_closed_is_the_last():
    queue = EventQueue(10)
    queue.put(IceRenewed(()))
    queue.put(ServerLeaving(1.0, 2.0))
    queue.end(LAST)
    assert [event async for event in queue] == [IceRenewed(()), ServerLeaving(1.0, 2.0), LAST]
    assert [event async for event in queue] == []


async def test_there_is_always_room_for_closed():
    queue = EventQueue(1)
    queue.put(IceRenewed(()))
    queue.end(LAST)
    assert [event async for event in queue][-1] == LAST


async def test_one_too_many_ends_the_queue_with_an_error_for_everybody():
    queue = EventQueue(1)
    assert queue.put(IceRenewed(())) is None
    assert isinstance(queue.put(IceRenewed(())), EventOverflowError)
    assert queue.put(IceRenewed(())) is None
    queue.end(LAST)
    assert await anext(queue) == IceRenewed(())
    for _ in range(2):
        with pytest.raises(EventOverflowError, match="1 events wait"):
            await anext(queue)


async def test_one_who_waits_is_woken():
    queue = EventQueue(1)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(anext(queue))
        await asyncio.sleep(0)
        queue.put(ServerLeaving(0.0, 0.0))
    assert waiting.result() == ServerLeaving(0.0, 0.0)


async def test_two_who_wait_are_both_told_of_the_end():
    queue = EventQueue(1)

    async def drain():
        return [event async for event in queue]

    async with asyncio.TaskGroup() as group:
        first, second = group.create_task(drain()), group.create_task(drain())
        await asyncio.sleep(0)
        queue.end(LAST)
    assert sorted([first.result(), second.result()], key=len) == [[], [LAST]]
