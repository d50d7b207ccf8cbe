"""The timer behind the restarts, in virtual time."""

import asyncio
from typing import Any

from nat.simulator import Simulation
from peer.configuration import Configuration
from peer.restarts import Reason
from peer.upkeep import COURTESY, Upkeep


class Kept:
    def __init__(self, *, polite: bool = False) -> None:
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self.restarts: list[tuple[float, Reason]] = []
        self.given_up: list[float] = []
        self.upkeep = Upkeep(
            Configuration(),
            self._note,
            lambda: self.given_up.append(self._now()),
            polite=polite,
        )

    def _now(self) -> float:
        return round(self._loop.time() - self._start, 3)

    def _note(self, reason: Reason) -> None:
        self.restarts.append((self._now(), reason))
        self.upkeep.begun()


def play(main: Any) -> None:
    Simulation(1).run(main(), deadline=1000.0)


def test_a_lost_path_is_tried_again_and_given_up_after_consent_and_connecting() -> None:
    async def main() -> None:
        kept = Kept()
        kept.upkeep.lost()
        await asyncio.sleep(100)
        assert [at for at, _ in kept.restarts] == [0.0, 2.0, 6.0, 14.0, 29.0, 44.0]
        assert kept.given_up == [45.0]

    play(main)


def test_the_polite_side_waits_a_moment_and_a_restored_path_ends_it() -> None:
    async def main() -> None:
        kept = Kept(polite=True)
        kept.upkeep.lost()
        await asyncio.sleep(1)
        kept.upkeep.restored()
        await asyncio.sleep(100)
        assert kept.restarts == [(COURTESY, Reason.DISCONNECTED)]
        assert not kept.given_up

    play(main)


def test_what_waits_for_signaling_happens_when_it_is_back() -> None:
    async def main() -> None:
        kept = Kept()
        kept.upkeep.reachable(reachable=False)
        kept.upkeep.reason(Reason.ADDRESSES)
        await asyncio.sleep(3)
        assert not kept.restarts
        kept.upkeep.reachable(reachable=True)
        await asyncio.sleep(1)
        assert kept.restarts == [(3.0, Reason.ADDRESSES)]

    play(main)


def test_once_stopped_nothing_happens_any_more() -> None:
    async def main() -> None:
        kept = Kept()
        kept.upkeep.lost()
        kept.upkeep.stop()
        kept.upkeep.reason(Reason.RELAY)
        await asyncio.sleep(100)
        assert not kept.restarts
        assert not kept.given_up

    play(main)
