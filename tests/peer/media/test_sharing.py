"""Several readers of one track: each gets everything, and none waits for another."""

import asyncio
import gc
import weakref
from typing import Any

import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from peer.media import share


class Numbers(MediaStreamTrack):
    kind = "video"

    def __init__(self, count: int) -> None:
        super().__init__()
        self.left = iter(range(count))

    async def recv(self) -> Any:
        await asyncio.sleep(0)
        number = next(self.left, None)
        if number is None:
            raise MediaStreamError
        return number


async def read(track: MediaStreamTrack) -> list[Any]:
    got = []
    while True:
        try:
            got.append(await track.recv())
        except MediaStreamError:
            return got


async def test_each_reader_gets_everything_to_the_end() -> None:
    source = Numbers(50)
    ends = [share(source) for _ in range(3)]
    for got in await asyncio.gather(*(read(end) for end in ends)):
        assert got == list(range(50))


async def test_a_slow_reader_misses_the_oldest_and_keeps_nobody_waiting() -> None:
    source = Numbers(50)
    quick, slow = share(source), share(source)
    assert await read(quick) == list(range(50))
    assert await read(slow) == list(range(40, 50))
    assert (quick.dropped, slow.dropped) == (0, 40)


async def test_who_stops_stops_nobody_else_and_the_last_one_stops_reading() -> None:
    source = Numbers(1000)
    one, other = share(source), share(source)
    await one.recv()
    one.stop()
    with pytest.raises(MediaStreamError):
        await one.recv()
    assert await other.recv() is not None
    other.stop()
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1
    assert source.readyState == "live"


async def test_a_track_that_was_shared_is_forgotten_with_its_readers() -> None:
    source = Numbers(3)
    end, gone = share(source), weakref.ref(source)
    await read(end)
    del source, end
    await asyncio.sleep(0)
    gc.collect()
    assert gone() is None
