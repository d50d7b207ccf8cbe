"""How long a binding lives: a ladder, all rungs at once, so that it takes one wait of the longest (RFC 5780 §4.6).

A rung has sockets of its own. X makes a mapping; after the wait Y, another socket, has the server answer to X's external
port: what X hears shows that its mapping lives, and the filter's entry for the server: a binding is both. Nothing that is answered is asked twice, since on some NATs an answer
refreshes the mapping; so there are several rungs of the same wait. What is not answered is asked again: where nothing came in,
nothing was refreshed, and what is gone does not come back by being asked.

X must not send while it waits, and with one exchange it must not be taken for a stream. So what makes the mapping is sent
twice at most, within the two seconds of Linux, and then another socket tries.
"""

import asyncio
import contextlib
import itertools
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from nat.discovery.asking import Asking, Line
from nat.discovery.diagnosis import Diagnosis
from nat.discovery.network import Network
from nat.discovery.question import Question, Schedule
from nat.discovery.recorder import Asked, Recorder
from nat.discovery.transactions import Purpose, Timer
from stunwire import Address, Family, Message, Method

ONCE: Final = Schedule((0.0, 0.5), 0.9)
"""For what makes a mapping: over before a NAT takes it for a stream."""
OPENINGS: Final = 4
"""Sockets that try to make the mapping of a rung, one after another."""
EXCHANGES: Final = 5
PAUSE: Final = 1.0
"""A stream is so many exchanges, so many seconds apart: longer than the two seconds of Linux."""
PERSISTENT: Final = Schedule((0.0, 0.5, 1.0, 1.6, 2.3, 3.1, 4.0, 5.0, 6.0), 1.0)
"""There is time, and where a tenth is lost each way six in a row are: once in 20,000 times."""
PAIRS: Final = 2
"""Rungs of the same wait."""
SENDS: Final = 3
SEND_PAUSE: Final = 0.3
"""An indication is sent so often, since nobody says that it has arrived."""
CALIBRATIONS: Final = 2
PRECISE_RUNGS: Final = 8
FINEST: Final = 1.0
"""Seconds between the rungs of a second ladder, at least."""
ASLEEP: Final = 2.0
"""Seconds that the time of day may gain during a wait: if it gains more, the NAT has waited longer than we know."""
HEADROOM: Final = 2.0
"""Seconds by which a rung with a packet halfway outlasts the end of a lifetime, at least: asking takes some."""
_REFRESHES: Final = frozenset({Timer.INBOUND_REFRESH, Timer.OUTBOUND_REFRESH})


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a rung: whether an answer got in, or None where that cannot be told."""

    timer: Timer
    wait: float
    lives: bool | None


def bracket(seen: Iterable[Seen], timer: Timer) -> tuple[float, float] | None:
    """Between which waits a lifetime ends: the longest that it outlived, the shortest that it did not.

    None where it never ended, or where rungs contradict each other.
    """
    told = [one for one in seen if one.timer is timer]
    alive = max((one.wait for one in told if one.lives), default=0.0)
    gone = min((one.wait for one in told if one.lives is False), default=None)
    return None if gone is None or gone <= alive else (alive, gone)


def finer(low: float, high: float) -> tuple[float, ...]:
    """The waits of a second ladder between two rungs of the first."""
    count = max(min(PRECISE_RUNGS, int((high - low) / FINEST) - 1), 0)
    step = (high - low) / (count + 1)
    return tuple(round(low + step * number, 3) for number in range(1, count + 1))


def beyond(waits: Sequence[float]) -> tuple[float, ...]:
    """The waits of rungs that have a packet halfway.

    Whatever two rungs a lifetime ends between, one of these is longer than it, while the packet halfway
    comes in time. Where rungs are so far apart that none can be, there is none for them; and none takes
    longer than the longest wait.
    """
    found = [(high + 2 * low) / 2 for low, high in itertools.pairwise(waits) if _fits(low, high)]
    return tuple(wait for wait in found if wait <= max(waits))


def _fits(low: float, high: float) -> bool:
    return high + 2 * HEADROOM < 2 * low


@dataclass
class Ladder:
    """A ladder of waits, from one server.

    Args:
        asking: the sockets.
        recorder: where it is written down.
        network: the world.
        server: the name of the server.
        target: its address.

    Attributes:
        seen: what came of each rung so far; only for choosing the next.
        answers: whether the server has answered at all.
    """

    asking: Asking
    recorder: Recorder
    network: Network
    server: str
    target: Address
    seen: list[Seen] = field(default_factory=list)
    answers: bool = False
    _knows_response_port: bool = True

    async def calibrate(self) -> bool:
        """Find out, without a wait, whether answers to another port come in.

        Returns:
            Whether they do; if not, X has to ask for itself, which tells less.
        """
        self._knows_response_port = True
        for _ in range(CALIBRATIONS):
            await self._climb(Timer.ONE_SHOT, 0.0)
            if self.seen[-1].lives:
                return True
        self._knows_response_port = False
        return False

    async def climb(self, waits: Sequence[float], timers: Iterable[Timer], pairs: int) -> None:
        """Climb all rungs at once."""
        async with asyncio.TaskGroup() as group:
            for timer in timers:
                for wait in beyond(waits) if timer in _REFRESHES else waits:
                    for _ in range(pairs):
                        group.create_task(
                            self._climb(timer, wait), name=f"{timer.value} {wait:g} s"
                        )

    async def refine(self, pairs: int) -> None:
        """Climb a second ladder between the rungs that bracket a lifetime."""
        async with asyncio.TaskGroup() as group:
            for timer in (Timer.ONE_SHOT, Timer.STREAM):
                found = bracket(self.seen, timer)
                if found is not None:
                    group.create_task(self.climb(finer(*found), (timer,), pairs))

    @property
    def timers(self) -> tuple[Timer, ...]:
        """What can be measured here."""
        return tuple(one for one in Timer if self._knows_response_port or one not in _REFRESHES)

    async def _climb(self, timer: Timer, wait: float) -> None:
        trial = self.recorder.trial()
        opened = await self._open(trial)
        if opened is None:
            self.recorder.rung(timer, trial, wait)
            self.seen.append(Seen(timer, wait, None))
            return
        x, made = opened
        try:
            if timer is Timer.STREAM:
                made = await self._stream(x, made, trial)
            began = self._gap()
            if timer in _REFRESHES:
                await self.network.sleep(wait / 2)
                await self._refresh(timer, x, made, trial)
                await self.network.sleep(wait / 2)
            else:
                await self.network.sleep(wait)
            if self._gap() - began > ASLEEP:
                self.recorder.tell(f"this machine slept: {wait:g} s are not measured")
                return
            self.recorder.rung(timer, trial, wait)
            self.seen.append(Seen(timer, wait, await self._lives(x, made, trial)))
        finally:
            x.close()

    def _gap(self) -> float:
        """What the time of day is ahead of the network's clock, which stands still while this machine sleeps."""
        return time.time() - self.network.now()

    async def _open(self, trial: int) -> tuple[Line, Asked] | None:
        """Make a mapping with one exchange."""
        question = Question(Purpose.LIFETIME_OPEN, self.server, self.target)
        for _ in range(OPENINGS):
            with contextlib.suppress(OSError):
                x = await self.asking.open(self.target)
                made = await self.asking.ask(x, question, trial, ONCE)
                if made.mapped is not None:
                    self.answers = True
                    return x, made
                x.close()
        return None

    async def _stream(self, x: Line, made: Asked, trial: int) -> Asked:
        """Have traffic both ways for some seconds."""
        question = Question(Purpose.LIFETIME_OPEN, self.server, self.target)
        for _ in range(EXCHANGES - 1):
            await self.network.sleep(PAUSE)
            asked = await self.asking.ask(x, question, trial, ONCE)
            made = asked if asked.mapped is not None else made
        return made

    async def _refresh(self, timer: Timer, x: Line, made: Asked, trial: int) -> None:
        if timer is Timer.INBOUND_REFRESH:
            await self._answer_to(made, Purpose.LIFETIME_REFRESH, trial)
            return
        question = Question(Purpose.LIFETIME_SEND, self.server, self.target)
        sent = self.recorder.asked(question, trial, x.number)
        for count in range(SENDS):
            if count:
                await self.network.sleep(SEND_PAUSE)
            indication = Message.indication(Method.BINDING, secrets.token_bytes(12))
            try:
                x.endpoint.send(indication.encode(), self.target)
            except OSError as error:
                sent.failure = (error.strerror or str(error)).lower()
            else:
                sent.sent.append(self.recorder.now())
        sent.is_over = True

    async def _lives(self, x: Line, made: Asked, trial: int) -> bool | None:
        if self._knows_response_port:
            asked = await self._answer_to(made, Purpose.LIFETIME_ASK, trial)
            if asked is None or any(one.socket != x.number for one in asked.answers):
                return None
            lives = any(one.error is None for one in asked.answers)
            if (
                not lives
            ):  # a new port then shows that the mapping has ended, and not the filter alone
                await self._ask_again(x, trial)
            return lives
        asked = await self._ask_again(x, trial)
        return None if asked.mapped is None else asked.mapped == made.mapped

    async def _ask_again(self, x: Line, trial: int) -> Asked:
        question = Question(Purpose.LIFETIME_AGAIN, self.server, self.target)
        return await self.asking.ask(x, question, trial, PERSISTENT)

    async def _answer_to(self, made: Asked, purpose: Purpose, trial: int) -> Asked | None:
        """From a new socket, have the server answer to X's external port.

        None where the server is silent, or sees another external address than that of X, to whom
        an answer would then not go.
        """
        assert made.mapped is not None
        try:
            y = await self.asking.open(self.target)
        except OSError:
            return None
        try:
            control = Question(Purpose.LIFETIME_CONTROL, self.server, self.target)
            here = (await self.asking.ask(y, control, trial, PERSISTENT)).mapped
            if here is None or here.host != made.mapped.host:
                return None
            question = Question(purpose, self.server, self.target, response_port=made.mapped.port)
            return await self.asking.ask(y, question, trial, PERSISTENT)
        finally:
            y.close()


async def run(diagnosis: Diagnosis) -> None:
    """Climb the ladder for each family by itself, from a server that answers."""
    targets = diagnosis.udp
    heard = await asyncio.gather(*(diagnosis.first_answer(each) for each in targets))
    async with asyncio.TaskGroup() as group:
        for family in Family:
            servers = [
                (target.name, target.address)
                for target, asked in zip(targets, heard, strict=True)
                if asked is not None and target.family is family
            ]
            measuring = measure_lifetimes(
                servers,
                diagnosis.asking,
                diagnosis.recorder,
                diagnosis.network,
                waits=diagnosis.plan.lifetimes,
                precise=diagnosis.plan.precise,
            )
            group.create_task(measuring)


async def measure_lifetimes(
    servers: Sequence[tuple[str, Address]],
    asking: Asking,
    recorder: Recorder,
    network: Network,
    *,
    waits: Sequence[float],
    precise: bool = False,
    pairs: int = PAIRS,
) -> None:
    """Measure the lifetimes of bindings with the first server that can help, or with the first at all.

    It may be cancelled at any time: the rungs that were told are in the record.

    Args:
        servers: names and addresses of one family, over UDP.
        asking: the sockets.
        recorder: where it is written down.
        network: the world.
        waits: seconds of silence that are tried.
        precise: whether a second ladder is climbed between the two rungs that bracket a lifetime.
        pairs: rungs of each wait.
    """
    spare: Ladder | None = None
    for name, target in servers:
        ladder = Ladder(asking, recorder, network, name, target)
        if await ladder.calibrate():
            break
        if spare is None and ladder.answers:
            spare = ladder
    else:
        if spare is None:
            return
        ladder = spare
    await ladder.climb(waits, ladder.timers, pairs)
    if precise:
        await ladder.refine(pairs)
