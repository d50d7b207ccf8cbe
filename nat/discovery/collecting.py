"""Makes a diagnosis: all its parts at once, within its time, and what is known at any moment."""

import asyncio
from typing import Final

from nat.discovery import (
    classic,
    filtering,
    fragments,
    gatewaying,
    hairpin,
    lifetime,
    mapping,
    maptesting,
    ports,
    reaching,
    refusing,
    sizing,
    streammapping,
    turning,
)
from nat.discovery.asking import Asking
from nat.discovery.diagnosis import Diagnosis, Part
from nat.discovery.evidence import Evidence, Wish
from nat.discovery.network import Network
from nat.discovery.plan import Plan
from nat.discovery.recorder import Listener, Recorder
from nat.discovery.servers import find_targets

PROGRAM: Final = "hairpin"
PARTS: Final[dict[Wish, Part]] = {
    Wish.MAPPING: mapping.run,
    Wish.FILTERING: filtering.run,
    Wish.HAIRPIN: hairpin.run,
    Wish.PORTS: ports.run,
    Wish.ERRORS: refusing.run,
    Wish.FRAGMENTS: fragments.run,
    Wish.TCP: streammapping.run,
    Wish.GATEWAY: gatewaying.run,
    Wish.MAP_TEST: maptesting.run,
    Wish.REACH: reaching.run,
    Wish.TURN: turning.run,
    Wish.PATH_MTU: sizing.run,
    Wish.CLASSIC: classic.run,
    Wish.LIFETIME: lifetime.run,
}
"""What is done for a wish."""
_NEED_MAPPING: Final = frozenset(
    {
        Wish.FILTERING,
        Wish.HAIRPIN,
        Wish.PORTS,
        Wish.ERRORS,
        Wish.FRAGMENTS,
        Wish.REACH,
        Wish.PATH_MTU,
        Wish.CLASSIC,
        Wish.LIFETIME,
    }
)
"""Wishes that rest on what the mapping tests hear first."""
_UNBOUNDED: Final = frozenset({Wish.LIFETIME})
"""Wishes that take their own time, whatever the deadline."""
_MARGIN: Final = 0.25
"""Seconds before the deadline at which questions end, so that there is time to conclude."""


class Collecting:
    """A diagnosis that goes on; whoever stops it can still ask for what is known.

    Args:
        plan: what is to be done.
        network: the world.
        listener: is told how far it is.
    """

    def __init__(self, plan: Plan, network: Network, listener: Listener | None = None) -> None:
        self._plan = plan
        self._network = network
        self._is_done = False
        self._recorder = Recorder(
            network, plan.wishes, listener, deadline=plan.deadline, program=PROGRAM
        )

    def evidence(self) -> Evidence:
        """All that is known by now; as that of an interrupted diagnosis until it is done."""
        return self._recorder.evidence(interrupted=not self._is_done)

    async def run(self) -> Evidence:
        """Do it.

        Whoever cancels this finds what is known in `evidence`.
        """
        bounded = self._plan.wishes.isdisjoint(_UNBOUNDED)
        limit = max(self._plan.deadline - _MARGIN, 0.0) if bounded else None
        try:
            async with asyncio.timeout(limit):
                await self._ask()
        except TimeoutError:
            self._recorder.tell("the time is up")
        self._is_done = True
        return self.evidence()

    async def _ask(self) -> None:
        plan, recorder = self._plan, self._recorder
        recorder.surroundings()
        recorder.tell("looking servers up")
        targets = await find_targets(
            plan.servers, self._network, recorder, interface=plan.interface
        )
        asking = Asking(self._network, recorder, pace=plan.pace, interface=plan.interface)
        async with asking:
            diagnosis = Diagnosis(plan, self._network, recorder, asking, targets)
            async with asyncio.TaskGroup() as group:
                for wish in self._parts():
                    group.create_task(self._play(wish, diagnosis), name=wish.value)

    def _parts(self) -> list[Wish]:
        wishes = set(self._plan.wishes)
        if wishes & _NEED_MAPPING:
            wishes.add(Wish.MAPPING)
        # the order of the table is that of the first questions
        return [wish for wish in PARTS if wish in wishes]

    async def _play(self, wish: Wish, diagnosis: Diagnosis) -> None:
        """Let a part do its work; a network that fails under it ends that part and no other."""
        try:
            await PARTS[wish](diagnosis)
        except* OSError as failed:
            words = "; ".join(str(each) for each in failed.exceptions)
            self._recorder.tell(f"{wish.value}: {words}")


async def collect(plan: Plan, network: Network, progress: Listener | None = None) -> Evidence:
    """Ask all that a plan wants to know, and show what was seen; nothing is concluded.

    Args:
        plan: what is to be done.
        network: the world.
        progress: is told how far it is.
    """
    return await Collecting(plan, network, progress).run()
