"""A buffer keeps the newest frames, and its end."""

from peer.framebuffer import FrameBuffer


async def test_the_oldest_are_dropped_and_counted_and_the_end_never() -> None:
    buffer = FrameBuffer(3)
    for number in range(10):
        await buffer.put(number)
    buffer.put_nowait(None)
    assert buffer.dropped == 7
    assert [await buffer.get() for _ in range(4)] == [7, 8, 9, None]


async def test_who_reads_in_time_misses_nothing() -> None:
    buffer = FrameBuffer(1)
    for number in range(5):
        buffer.put_nowait(number)
        assert await buffer.get() == number
    assert buffer.dropped == 0
