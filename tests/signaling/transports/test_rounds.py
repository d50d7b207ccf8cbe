"""Deadlines, pings and flushes of many connections; the time is the simulator's."""

import asyncio
from collections.abc import Coroutine

from nat.simulator import Simulation
from signaling.transports.rounds import Clock


class Fake:
    """What the clock knows of a connection."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.diary: list[tuple[str, float]] = []
        self.quiet = 0
        self.close_reason = ""

    def note(self, what: str) -> None:
        self.diary.append((what, round(asyncio.get_running_loop().time() - self.began, 3)))

    def begin(self) -> "Fake":
        self.began = asyncio.get_running_loop().time()
        self.clock.expect_open(self)
        return self

    def expire(self) -> None:
        self.note("expired")

    def abort(self) -> None:
        self.note("aborted")
        self.clock.is_gone(self)

    def ping(self) -> None:
        self.note("pinged")

    def flush(self) -> None:
        self.note("flushed")


def in_virtual_time(main: Coroutine[object, object, None]) -> None:
    simulation = Simulation(1)
    simulation.host("server", "198.51.100.1")
    simulation.run(main, deadline=1000)


def make() -> Clock:
    return Clock(open_timeout=5, close_timeout=2, ping_interval=20, ping_timeout=20)


def test_one_who_does_not_open_in_time_is_cut_and_one_who_does_is_not():
    async def main() -> None:
        clock = make()
        slow, quick = Fake(clock).begin(), Fake(clock).begin()
        await asyncio.sleep(3)
        later = Fake(clock).begin()
        clock.is_open(quick)
        await asyncio.sleep(10)
        assert slow.diary == [("expired", 5.0)]
        assert later.diary == [("expired", 5.0)]
        assert quick.diary == []
        clock.stop()

    in_virtual_time(main())


def test_one_who_does_not_close_in_time_is_cut_once():
    async def main() -> None:
        clock = make()
        slow, quick = Fake(clock).begin(), Fake(clock).begin()
        clock.expect_end(slow)
        clock.expect_end(slow)
        clock.expect_end(quick)
        await asyncio.sleep(1)
        clock.is_gone(quick)
        await asyncio.sleep(10)
        clock.expect_end(slow)  # as a close frame that was under way may have it
        await asyncio.sleep(10)
        assert slow.diary == [("expired", 2.0)]
        assert quick.diary == []
        assert len(clock) == 1
        clock.is_gone(slow)
        await clock.until_nobody()
        clock.stop()

    in_virtual_time(main())


def test_one_who_is_silent_is_pinged_after_the_interval_and_cut_after_the_timeout():
    async def main() -> None:
        clock = make()
        silent, talking = Fake(clock).begin(), Fake(clock).begin()
        clock.is_open(silent)
        clock.is_open(talking)
        for _ in range(12):
            await asyncio.sleep(9)
            talking.quiet = 0
        assert silent.diary == [("pinged", 20.0), ("aborted", 40.0)]
        assert silent.close_reason
        assert talking.diary == []
        clock.stop()

    in_virtual_time(main())


def test_one_who_answers_is_pinged_again_and_stays():
    async def main() -> None:
        clock = make()
        present = Fake(clock).begin()
        clock.is_open(present)
        for _ in range(3):
            await asyncio.sleep(22)
            present.quiet = 0
        assert [what for what, _ in present.diary] == ["pinged"] * 3
        clock.stop()

    in_virtual_time(main())


def test_everybody_who_is_marked_in_a_round_is_flushed_once_at_its_end():
    async def main() -> None:
        clock = make()
        one, other = Fake(clock).begin(), Fake(clock).begin()
        clock.mark(one)
        clock.mark(other)
        assert one.diary == other.diary == []
        await asyncio.sleep(0)
        assert one.diary == other.diary == [("flushed", 0.0)]
        clock.stop()

    in_virtual_time(main())
