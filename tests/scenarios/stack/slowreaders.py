"""Users who stop reading while others go on talking: closed within bounds, and nobody else notices."""

import asyncio
import random
from typing import Any

import signaling
from signaling.nodes import Times
from signaling.transports.listener import Transport
from tests.scenarios.stack.users import User
from tests.scenarios.stack.world import ROOMS, Plan, World

KILO = 1024
LATENCIES = (0.001, 0.005, 0.02)
NOT_DELAYED = 0.4
"""Seconds that a signal may take between two who read, over Redis too."""


def draw_plan(choose: random.Random) -> Plan:
    nodes = choose.choice((1, 1, 2))
    limits = signaling.Limits(
        rate=1000.0,
        burst=1000,
        outbox=choose.choice((8, 64)) * KILO,
        ring=choose.choice((32, 256)),
        ring_bytes=choose.choice((128, 2048)) * KILO,
    )
    settings = signaling.Settings(limits=limits, resume_for=choose.choice((2.0, 20.0)))
    transports = tuple(choose.choice([*Transport]) for _ in range(nodes))
    times = Times(renewal=0.5, lease=2.0, grace=6.0)
    return Plan(nodes, 3, settings, times, transports, calm=40.0)


class SlowReaders:
    """One user (or two) stops reading; the others flood it, and talk to each other."""

    def __init__(self, seed: int) -> None:
        choose = random.Random(f"slow {seed}")
        self.world = world = World(seed, plan=draw_plan(choose))
        self.choose = choose
        for user in world.users:
            user.wanted = [ROOMS[0]]
            user.pause = 0.1
            world.simulation.link(user.host, latency=choose.choice(LATENCIES))
        self.slow = world.users[: choose.choice((1, 1, 2))]
        self.most_waiting = 0

    @property
    def story(self) -> list[tuple[float, str]]:
        return self.world.story

    @property
    def users(self) -> list[User]:
        return self.world.users

    def play(self) -> None:
        """Run it, and look at the end whether all is well."""
        self.world.play(self._trouble)

    async def _trouble(self, _world: World) -> None:
        await asyncio.sleep(self.choose.uniform(0.1, 1.0))
        async with asyncio.TaskGroup() as group:
            for user in self.slow:
                group.create_task(self._stop_reading(user))
        self._check_the_others()

    async def _stop_reading(self, user: User) -> None:
        transport: Any = user.transport
        transport.pause_reading()
        self.world.tell(f"{user.name} stops reading")
        size, pause = self.choose.choice(((200, 0.004), (9_000, 0.02), (30_000, 0.02)))
        enough = self.choose.choice((20, 60, 120))
        for _ in range(enough):
            for other in self.world.users:
                if other not in self.slow:
                    other.say(ROOMS[0], user.name, padding=size)
            self._watch()
            await asyncio.sleep(pause)
        await asyncio.sleep(self.choose.choice((0.0, 1.0, 5.0)))
        self.world.tell(f"{user.name} reads again")
        if not transport.is_closing():
            transport.resume_reading()

    def _watch(self) -> None:
        """What waits for those who do not read stays within its bounds."""
        limits = self.world.plan.settings.limits
        largest = 32 * 31 * KILO  # what leaves in one round of the loop is looked at together
        for node in self.world.nodes:
            assert node.server is not None
            for connection in node.server._connections.values():
                self.most_waiting = max(self.most_waiting, connection.buffered)
                assert connection.buffered <= limits.outbox + largest
            for session in node.server.hub._state.sessions.values():
                assert session.ring is not None
                assert len(session.ring.frames) <= limits.ring
                assert session.ring.size <= limits.ring_bytes + 64 * KILO

    def _check_the_others(self) -> None:
        """Those who read heard everything, at once."""
        slow = {user.name for user in self.slow}
        for user in self.world.users:
            if user not in self.slow:
                heard = [each for each in user.told.heard if each.stream.sender not in slow]
                late = [each for each in heard if each.took > NOT_DELAYED]
                assert not late, f"{user.name} waited: {late[0]}"
                assert not user.told.counts["Disconnected"], f"{user.name} was cut off"
