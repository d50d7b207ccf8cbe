"""Diagnoses beside a call: read from files, or made while it goes on; its explanations rest on them."""

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hairpin.calling.plan import Diagnoses
from hairpin.calling.results import CallResult
from hairpin.calling.screen import Screen
from hairpin.diagnosis.reading import read_evidence
from nat.discovery import (
    AsyncioNetwork,
    Collecting,
    Plan,
    Report,
    StunServer,
    Transport,
    Wish,
    judge,
)
from peer import PeerError, Room, Server, ServerKind, Session, explain
from peer.roomhappenings import SessionAdded
from peer.servers import Transport as Reached

WISHES: Final = frozenset({Wish.MAPPING, Wish.FILTERING, Wish.HAIRPIN, Wish.GATEWAY})
"""What explains a path; the router, as it alone knows of a second NAT behind it. Other ways out are for `hairpin nat`."""
PATIENCE: Final = 1.5
"""Seconds for which the end of a call waits for a diagnosis that is not done; then what is known counts."""
_CLOSING: Final = 0.3


def read_diagnosis(file: Path) -> Report:
    """Read a diagnosis that `hairpin nat` wrote.

    Raises:
        typer.Exit: It cannot be read, or is none; a line says why.
    """
    return judge(read_evidence(file))


class Diagnosing:
    """What is known of the networks when a call is over: its explanations rest on it.

    When the context is left, what was begun has a moment to end, and the result is explained anew.

    Args:
        diagnoses: Those that were read.
        screen: Where to tell.
        result: What comes of the call.
    """

    def __init__(self, diagnoses: Diagnoses, screen: Screen, result: CallResult) -> None:
        self._diagnoses = diagnoses
        self._screen = screen
        self._result = result
        self._collecting: Collecting | None = None
        self._task: asyncio.Task[None] | None = None

    def watch(self, room: Room) -> None:
        """Diagnose, once the first connection stands or will not, so that nothing delays it."""
        self._task = asyncio.create_task(self._run(room), name="diagnosis")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None and self._task is not None:
                await self._wait(self._task)
        finally:
            self._explain()
            if self._task is not None:
                self._task.cancel()
                await asyncio.wait((self._task,), timeout=_CLOSING)

    async def _wait(self, task: asyncio.Task[None]) -> None:
        if self._collecting is None or task.done():
            return
        self._screen.say(f"The diagnosis has {PATIENCE:g} s more.")
        await asyncio.wait((task,), timeout=PATIENCE)

    def _explain(self) -> None:
        own, remote = self._diagnoses.own, self._diagnoses.remote
        if self._collecting is not None:
            own = judge(self._collecting.evidence())
        for each in (self._result, *self._result.others):
            if each.report is not None:
                each.explanation = explain(each.report, diagnosis=own, remote_diagnosis=remote)

    async def _run(self, room: Room) -> None:
        async for event in room.events():
            if isinstance(event, SessionAdded):
                await self._beside(event.session)
                return

    async def _beside(self, session: Session) -> None:
        with contextlib.suppress(PeerError):
            await session.connected()
        with contextlib.suppress(PeerError):
            servers = asked_of(session.pc.getConfiguration().servers)
            if not servers:
                self._screen.say("Nothing is diagnosed: the call has no STUN server over UDP.")
                return
            plan = Plan(servers=servers, wishes=WISHES)
            self._collecting = Collecting(plan, AsyncioNetwork())
            await self._collecting.run()


def asked_of(servers: Iterable[Server]) -> tuple[StunServer, ...]:
    """The call's STUN servers; who has none has its relays asked, which answer such questions, too."""
    over_udp = [each for each in servers if each.transport is Reached.UDP]
    stun = [each for each in over_udp if each.kind is ServerKind.STUN]
    chosen = {each.address for each in stun or over_udp}
    return tuple(StunServer(host, port, Transport.UDP) for host, port in sorted(chosen))
