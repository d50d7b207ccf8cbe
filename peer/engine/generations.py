"""One ICE connection for the life of a peer connection, through any number of restarts.

aiortc starts its ICE transport once and knows no restart (RFC 8445 §9). So this object stands under
it, where aiortc expects one `aioice.Connection`, and holds the generation whose pair carries data
and, during a restart, the one that is to follow it. DTLS above reads and writes here and never
learns of the change: data is taken from either, and leaves on the old pair until the new generation
has selected one.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

import aioice
import aioice.ice

from peer.candidates import GatheredCandidate, ServerFailure
from peer.engine.carrying import MAX_UNREAD
from peer.engine.events import (
    CandidateFound,
    GatheringEnded,
    IceEvent,
    IceStateChanged,
    PathChanged,
    RelayLost,
    RestartFailed,
    ServerFailed,
)
from peer.engine.gathering import Found, Plan
from peer.engine.generation import Generation, state_of_two
from peer.engine.keptcandidates import KeptCandidates
from peer.engine.record import GenerationRecord
from peer.path import Path
from peer.report import IceReport, IceState

#: Seconds for which a generation that has been followed by another still takes data in: the remote
#: selects the new pair half a round trip later or, when nominations are lost, some seconds.
RETIREMENT: Final = 5.0
_MAX_RECORDS: Final = 20
_MAX_STATES: Final = 1000


class RestartableConnection:
    """What stands under aiortc's ICE transport in place of an `aioice.Connection`.

    Args:
        plan: What to gather from, and the deadlines.
        on_event: Called with each event, in order, from the event loop.
    """

    def __init__(self, plan: Plan, on_event: Callable[[IceEvent], None]) -> None:
        self._plan = plan
        self._emit = on_event
        self._origin, self._began = time.monotonic(), time.time()
        self._states: list[tuple[float, IceState]] = []
        self._records: list[GenerationRecord] = []
        self._numbered = 0
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._current = self._new_generation(controlling=False)
        self._next: Generation | None = None
        self._retired: dict[Generation, asyncio.TimerHandle] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self._kept = KeptCandidates()
        self._state = IceState.NEW
        self._path: Path | None = None
        self._selected = asyncio.Event()
        self._closed = asyncio.Event()
        #: Set by aiortc ahead of `connect`, if `describe_remote` has not been called by then.
        self.remote_username: str | None = None
        self.remote_password: str | None = None
        self.remote_is_lite = False

    # As aioice.Connection has it

    @property
    def ice_controlling(self) -> bool:
        """Whether this side nominates, in the newest generation."""
        return self._newest.connection.ice_controlling

    @ice_controlling.setter
    def ice_controlling(self, controlling: bool) -> None:
        self._newest.connection.ice_controlling = controlling

    @property
    def local_username(self) -> str:
        """The user name fragment of the newest generation."""
        return self._newest.connection.local_username

    @property
    def local_password(self) -> str:
        """The password of the newest generation."""
        return self._newest.connection.local_password

    @property
    def local_candidates(self) -> list[aioice.Candidate]:
        """Those of the newest generation."""
        return self._newest.connection.local_candidates

    @property
    def remote_candidates(self) -> list[aioice.Candidate]:
        """Those of the newest generation that the remote has described."""
        return self._newest_described.connection.remote_candidates

    async def gather_candidates(self) -> None:
        """Gather for the newest generation; returns when that has ended."""
        generation = self._newest
        await generation.connection.gather_candidates()
        if generation.state is not IceState.CLOSED:
            self._emit(GatheringEnded(generation.ufrag))

    async def add_remote_candidate(
        self, candidate: aioice.Candidate | None, ufrag: str | None = None
    ) -> None:
        """Add a candidate of the remote's, or the end of them.

        Args:
            candidate: The candidate; `None` is the end.
            ufrag: The remote's user name fragment that it belongs to. One that is not known yet is
                kept until the remote describes itself with it; one of the past is dropped. Without
                it the generation is the one that the remote has described last.
        """
        if ufrag is None:
            generation: Generation | None = self._newest_described
        else:
            generation = next(
                (g for g in self._live if g.connection.remote_username == ufrag), None
            )
        if generation is not None:
            await generation.connection.add_remote_candidate(candidate)
        elif ufrag is not None:
            self._kept.keep(ufrag, candidate)

    async def connect(self) -> None:
        """Wait until a pair is selected, in whichever generation.

        A failure does not end the waiting, since a restart may follow it: it is told as a state.

        Raises:
            ConnectionError: The remote has not described itself, or this was closed.
        """
        if not self._newest_described.described:
            if self.remote_username is None or self.remote_password is None:
                raise ConnectionError("the remote's ICE credentials are missing")
            self.describe_remote(
                self.remote_username, self.remote_password, lite=self.remote_is_lite
            )
        await self._selected.wait()
        if self._closed.is_set():
            raise ConnectionError("the ICE connection is closed")

    async def recv(self) -> bytes:
        """The next datagram, from whichever generation.

        Raises:
            ConnectionError: This is closed. A lost pair is no reason: a restart may follow.
        """
        data = None if self._closed.is_set() else await self._inbox.get()
        if data is None:
            raise ConnectionError("the ICE connection is closed")
        return data

    async def send(self, data: bytes) -> None:
        """Send a datagram on the selected pair; where it was lost, the datagram is as well.

        Raises:
            ConnectionError: No pair was selected yet, or this is closed.
        """
        if self._current.carries:
            await self._current.connection.send(data)
        elif self._closed.is_set() or not self._selected.is_set():
            raise ConnectionError("there is no pair to send on")

    async def get_event(self) -> aioice.ice.ConnectionEvent | None:
        """Wait for the end."""
        await self._closed.wait()
        return aioice.ConnectionClosed()

    async def close(self) -> None:
        """Close every generation, side by side, within the configured deadline."""
        if not self._closed.is_set():
            self._closed.set()
            for generation in self._live:
                self._drop(generation)
            self._change(IceState.CLOSED)
            self._selected.set()
            self._inbox.put_nowait(None)
        if self._endings:
            await asyncio.wait(self._endings)

    # Restarts

    @property
    def restarting(self) -> bool:
        """Whether a generation waits for the remote, or for its first pair."""
        return self._next is not None

    @property
    def state(self) -> IceState:
        """The state of the transport."""
        return self._state

    @property
    def path(self) -> Path | None:
        """The pair that carries data, or `None` while there is none."""
        return None if self._closed.is_set() else self._current.connection.path

    def report(self) -> IceReport:
        """What ICE has done up to now."""
        now = time.monotonic()
        for generation in self._live:
            generation.connection.record.role = generation.connection.role()
        return IceReport(
            taken_at=now - self._origin,
            states=tuple((at - self._origin, state) for at, state in self._states),
            generations=tuple(record.report(self._origin) for record in self._records),
            began=self._began,
        )

    def plan_anew(self, plan: Plan) -> None:
        """What the generations to come gather from."""
        self._plan = plan

    def begin_restart(self) -> None:
        """Let a generation with fresh credentials wait for the remote's (RFC 8445 §9).

        One that waits already is the one. One whose checks run is given up for a fresh one.
        """
        if self._closed.is_set() or (self._next is not None and not self._next.described):
            return
        controlling = self.ice_controlling
        if self._next is not None:
            self._drop(self._next)
        fresh = self._new_generation(controlling=controlling)
        if self._current.described:
            self._next = fresh
        else:
            self._drop(self._current)
            self._current = fresh
        self._update()

    def abandon_restart(self) -> None:
        """Drop the generation that waits, or checks: the description it belongs to is void."""
        if self._next is not None:
            self._drop(self._next)
            self._next = None
            self._update()

    def describe_remote(
        self, username: str, password: str, *, lite: bool = False, renomination: bool = False
    ) -> None:
        """Take the remote's credentials as its description tells them.

        Those that are known change nothing. Others mean that the remote has started the
        connection, or a restart: the generation that waits takes them, a fresh one if none does.

        Args:
            username: The user name fragment.
            password: The password.
            lite: Whether the remote is an ICE-lite agent (RFC 8445 §2.5).
            renomination: Whether it lets the controlling side nominate again.
        """
        known = any(generation.has_remote(username, password) for generation in self._live)
        if self._closed.is_set() or known:
            return
        if self._newest.described:
            self.begin_restart()
        generation = self._newest
        generation.check(username, password, lite=lite, renomination=renomination)
        for candidate in self._kept.take(username):
            self._spawn(_add(generation, candidate))

    # Within

    @property
    def _newest(self) -> Generation:
        return self._next or self._current

    @property
    def _newest_described(self) -> Generation:
        return self._next if self._next is not None and self._next.described else self._current

    @property
    def _live(self) -> list[Generation]:
        found = [self._current, *self._retired]
        return found if self._next is None else [self._next, *found]

    def _new_generation(self, *, controlling: bool) -> Generation:
        made = Generation(
            self._plan,
            controlling=controlling,
            on_found=self._found,
            on_data=self._take,
            on_change=self._generation_changed,
            on_relay_lost=lambda server: self._emit(RelayLost(server)),
            number=self._numbered,
        )
        self._numbered += 1
        self._records.append(made.connection.record)
        if len(self._records) > _MAX_RECORDS:
            del self._records[1]  # the first set-up and the latest restarts tell the most
        return made

    def _found(self, generation: Generation, found: Found) -> None:
        if isinstance(found, GatheredCandidate):
            self._emit(CandidateFound(found, generation.ufrag))
        elif isinstance(found, ServerFailure):
            self._emit(ServerFailed(found, generation.ufrag))

    def _take(self, data: bytes) -> None:
        """Keep data for DTLS to read, not without bound."""
        if self._inbox.qsize() < MAX_UNREAD:
            self._inbox.put_nowait(data)

    def _generation_changed(self, generation: Generation) -> None:
        if (following := self._next) is not None and self._may_follow(following):
            self._promote(following)
        elif generation is self._next and generation.state is IceState.FAILED:
            self.abandon_restart()
            self._emit(RestartFailed(generation.ufrag))
        self._update()

    def _may_follow(self, following: Generation) -> bool:
        """Whether the next generation takes over: with its selected pair, or any if the old is dead."""
        works = self._current.state in {IceState.CONNECTED, IceState.COMPLETED}
        return following.carries and (following.selected or not works)

    def _promote(self, generation: Generation) -> None:
        """Let a generation follow the one before, which takes data in for some seconds more."""
        old, self._current, self._next = self._current, generation, None
        if old.carries:
            loop = asyncio.get_running_loop()
            self._retired[old] = loop.call_later(RETIREMENT, self._drop, old)
        else:
            self._drop(old)

    def _drop(self, generation: Generation) -> None:
        timer = self._retired.pop(generation, None)
        if timer is not None:
            timer.cancel()
        generation.state = IceState.CLOSED
        self._spawn(generation.close())

    def _update(self) -> None:
        """Tell the path and the state where they are not as they were."""
        if self._closed.is_set():
            return
        path = self.path
        if self._current.carries and path is not None and path != self._path:
            self._path = path
            self._selected.set()
            self._emit(PathChanged(path))
        following = None if self._next is None else self._next.state
        self._change(state_of_two(self._current.state, following))

    def _change(self, state: IceState) -> None:
        if state is not self._state:
            self._state = state
            if len(self._states) < _MAX_STATES:
                self._states.append((time.monotonic(), state))
            self._emit(IceStateChanged(state))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)


async def _add(generation: Generation, candidate: aioice.Candidate | None) -> None:
    with contextlib.suppress(OSError):  # no port for mDNS: the other candidates will have to do
        await generation.connection.add_remote_candidate(candidate)
