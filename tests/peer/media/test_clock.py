"""Frames are due at a steady rate, in virtual time here."""

import asyncio

from nat.simulator import Simulation
from peer.media import Pace


def test_frames_come_at_their_rate_and_the_missed_ones_are_left_out() -> None:
    async def read() -> None:
        loop, pace = asyncio.get_running_loop(), Pace(0.02)
        began = loop.time()
        for number in range(100):
            assert await pace.next() == number
            assert abs(loop.time() - began - number * 0.02) < 1e-6
        await asyncio.sleep(1.0)
        after = await pace.next()
        assert after == 149
        assert await pace.next() == 150

    Simulation(0).run(read())
