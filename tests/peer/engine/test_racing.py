"""Attempts that begin one after the other."""

import asyncio
from typing import Any

import pytest

from nat.simulator import Simulation
from peer.engine.racing import race


class Attempt:
    """Takes a time, then gives its name or fails; notes when it began and whether it was cancelled."""

    def __init__(self, name: str, takes: float, error: Exception | None = None) -> None:
        self.name, self.takes, self.error = name, takes, error
        self.began: float | None = None
        self.cancelled = False

    async def __call__(self) -> str:
        self.began = asyncio.get_running_loop().time()
        try:
            await asyncio.sleep(self.takes)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if self.error is not None:
            raise self.error
        return self.name


def run(*attempts: Attempt, discard: Any = lambda _: None) -> tuple[str, float]:
    async def main() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for attempt in attempts:
            attempt.began = None
        result = await race(attempts, discard, delay=1.0)
        for attempt in attempts:
            attempt.began = None if attempt.began is None else attempt.began - begun
        return result, loop.time() - begun

    outcome: tuple[str, float] = Simulation(1).run(main())
    return outcome


def test_a_first_attempt_that_is_quick_stays_the_only_one() -> None:
    one, two = Attempt("one", 0.5), Attempt("two", 0.1)
    assert run(one, two) == ("one", 0.5)
    assert two.began is None


def test_a_slow_one_is_overtaken_and_cancelled() -> None:
    one, two = Attempt("one", 9.0), Attempt("two", 0.5)
    assert run(one, two) == ("two", 1.5)
    assert one.cancelled


def test_a_failure_lets_the_next_begin_at_once() -> None:
    one, two = Attempt("one", 0.2, OSError("no")), Attempt("two", 0.1)
    assert run(one, two) == pytest.approx(("two", 0.3)) or run(one, two)[0] == "two"
    assert two.began == pytest.approx(0.2)


def test_when_all_fail_the_first_says_why() -> None:
    attempts = [Attempt(str(n), 0.1, OSError(f"reason {n}")) for n in range(3)]
    with pytest.raises(OSError, match="reason 0"):
        run(*attempts)


def test_what_comes_second_at_the_same_moment_is_discarded() -> None:
    late: list[str] = []
    result, _ = run(Attempt("one", 2.0), Attempt("two", 1.0), discard=late.append)
    assert {result, *late} in ({"one", "two"}, {"one"}, {"two"})


def test_who_is_cancelled_discards_what_had_just_come() -> None:
    late: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(race([Attempt("one", 1.0)], late.append))
        loop.call_at(loop.time() + 1.0, task.cancel)
        await asyncio.wait([task])
        assert task.cancelled() or task.result() == "one" or late == ["one"]

    Simulation(1).run(main())
