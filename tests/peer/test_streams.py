"""Readers get what is put in, in order, from when they began to read, and never without bound."""

import asyncio

from peer.streams import Broadcast, Stream


async def test_a_reader_gets_everything_in_order_until_the_end() -> None:
    stream: Stream[int] = Stream()

    async def read() -> list[int]:
        return [item async for item in stream]

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    for number in range(3):
        stream.put(number)
    stream.end()
    stream.put(9)
    assert await reading == [0, 1, 2]


async def test_of_too_many_items_the_oldest_are_dropped() -> None:
    stream: Stream[int] = Stream(2)
    for number in range(5):
        stream.put(number)
    stream.end()
    assert [item async for item in stream] == [3, 4]


async def test_each_reader_hears_what_comes_after_it_began() -> None:
    broadcast: Broadcast[int] = Broadcast()
    early = broadcast.open()
    broadcast.put(1)
    late = broadcast.open()
    broadcast.put(2)
    broadcast.end()
    assert [item async for item in early] == [1, 2]
    assert [item async for item in late] == [2]
    assert [item async for item in broadcast.open()] == []


async def test_nothing_is_kept_for_a_reader_that_has_gone() -> None:
    broadcast: Broadcast[int] = Broadcast()
    for _ in range(10):
        broadcast.open()
    reader = broadcast.open()
    broadcast.put(1)
    assert await anext(reader) == 1
    assert len(broadcast._streams) == 1
