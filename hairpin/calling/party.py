"""All other members of a call: each is a guest from its coming to its end, and disturbs none of the others."""

import asyncio
from collections.abc import Callable

from hairpin.calling.guest import Guest, Keeping, Manners
from hairpin.calling.messages import Conversation, say_lines
from hairpin.calling.results import CallResult
from hairpin.calling.screen import Screen
from peer import Room, Session
from peer.happenings import SignalingChanged
from peer.roomevents import SignalingOver
from peer.roomhappenings import MemberTurnedAway, SessionAdded

#: What came of so many further members is kept.
_REMEMBERED = 64


class Party:
    """The others.

    Args:
        result: What comes of it.
        screen: Where to tell.
        keeping: What is kept of what comes.
        manners: How to behave to a member who has come.
    """

    def __init__(
        self,
        result: CallResult,
        screen: Screen,
        keeping: Keeping,
        manners: Callable[[Session], Manners],
    ) -> None:
        self._result = result
        self._screen = screen
        self._keeping = keeping
        self._manners = manners
        self._guests: dict[asyncio.Task[None], Guest] = {}
        self._connected = asyncio.Event()
        self._came = asyncio.Event()  # or went
        self._over = ""
        self._end: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def guests(self) -> tuple[Guest, ...]:
        """Who is there."""
        return tuple(self._guests.values())

    @property
    def is_over(self) -> bool:
        """Whether the signaling server has put us out for good."""
        return bool(self._over)

    def present(self) -> tuple[Conversation, ...]:
        """The conversations that go on."""
        return tuple(g.conversation for g in self.guests if g.conversation is not None)

    async def stay(
        self,
        room: Room,
        *,
        stdin: int | None = None,
        wait: float | None = None,
        idle: float | None = None,
        ends_with_others: bool = True,
    ) -> str:
        """Be in the room until the others have left, the input has ended, or signaling is over and nobody is there.

        Args:
            room: The room.
            stdin: Whose lines are said to everybody, or `None`.
            wait: Seconds after which it ends when nobody has come.
            idle: Seconds without anybody after which it ends.
            ends_with_others: Whether it ends when the last one leaves.

        Returns:
            Why it ended.
        """
        works = [self._welcome(room, ends=ends_with_others)]
        if stdin is not None:
            works.append(self._say_lines(stdin))
        if wait is not None:
            works.append(self._wait(wait))
        if idle is not None:
            works.append(self._idle(idle))
        tasks = {asyncio.create_task(work) for work in works}
        for task in tasks:
            task.add_done_callback(self._check)
        try:
            return await self._end
        finally:
            everybody = {*tasks, *self._guests}
            for task in everybody:
                task.cancel()
            await asyncio.wait(everybody)

    async def _welcome(self, room: Room, *, ends: bool) -> None:
        async for event in room.events():
            match event:
                case SessionAdded(session):
                    self._come(session, ends=ends)
                case SignalingChanged(reachable):
                    self._screen.say(
                        "The signaling server is back."
                        if reachable
                        else "The signaling server is away; what is connected goes on."
                    )
                case SignalingOver(reason):
                    self._over = reason
                    self._end_if_over()
                case MemberTurnedAway(name, reason):
                    self._screen.say(f"{name} was turned away: {reason}.")
        self._finish("the room is closed")

    def _come(self, session: Session, *, ends: bool) -> None:
        first = self._result.session is None
        result = self._result if first else CallResult(self._result.room)
        if not first:
            self._result.others = [*self._result.others, result][-_REMEMBERED:]
        guest = Guest(session, self._manners(session), self._keeping, self._screen, result)
        task = asyncio.create_task(self._accompany(guest))
        self._guests[task] = guest
        self._came.set()
        task.add_done_callback(lambda task: self._gone(task, ends=ends))

    async def _accompany(self, guest: Guest) -> None:
        staying = asyncio.create_task(guest.stay())
        watching = asyncio.create_task(self._watch(guest))
        try:
            await staying
        finally:
            for task in (staying, watching):
                task.cancel()
            await asyncio.wait({staying, watching})

    async def _watch(self, guest: Guest) -> None:
        await guest.settled.wait()
        if guest.result.connected:
            self._connected.set()
            if guest.result is self._result:
                await self._screen.watch(guest.session)

    def _gone(self, task: asyncio.Task[None], *, ends: bool) -> None:
        guest = self._guests.pop(task)
        self._came.set()
        self._check(task)
        if ends and not self._guests:
            self._finish(guest.result.reason)
        self._end_if_over()

    async def _say_lines(self, stdin: int) -> None:
        await self._connected.wait()
        await say_lines(self.present, stdin)
        self._finish("everything was said")

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self._result.session is None:
            self._finish(f"nobody came within {seconds:g} s")

    async def _idle(self, seconds: float) -> None:
        while True:
            self._came.clear()
            try:
                async with asyncio.timeout(None if self._guests else seconds):
                    await self._came.wait()
            except TimeoutError:
                self._finish(f"nobody was there for {seconds:g} s")
                return

    def _end_if_over(self) -> None:
        if self._over and not self._guests:
            self._finish(self._over)

    def _check(self, task: asyncio.Task[None]) -> None:
        """Nothing that goes wrong is lost: it ends the call."""
        if task.cancelled() or (error := task.exception()) is None:
            return
        if not self._end.done():
            self._end.set_exception(error)

    def _finish(self, reason: str) -> None:
        if not self._end.done():
            self._end.set_result(reason)
