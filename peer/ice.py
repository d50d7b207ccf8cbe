"""ICE alone, without DTLS or media: an agent that finds a path to another one and can name it.

What the two have to tell each other goes as lines of text over anything that carries lines: a queue,
a pipe, a TCP connection. The lines are those of an SDP fragment (RFC 8840 §4.4).
"""

import asyncio
import collections
import secrets
import time
from types import TracebackType
from typing import Final, Protocol, Self

import aioice

from peer.candidateattribute import decode_candidate
from peer.candidates import GatheredCandidate, ServerFailure
from peer.configuration import Configuration, IceTransportPolicy
from peer.engine.connection import TrickleConnection
from peer.engine.conversion import to_aioice
from peer.engine.gathering import Found, Plan
from peer.errors import RemoteError, SessionFailedError
from peer.path import Path, no_path
from peer.report import IceReport, IceState

_UFRAG: Final = "ice-ufrag:"
_PASSWORD: Final = "ice-pwd:"  # noqa: S105 - the name of a line
_CANDIDATE: Final = "candidate:"
_END: Final = "end-of-candidates"
_MAX_CANDIDATES: Final = 256
_POLICIES: Final = {
    IceTransportPolicy.ALL: aioice.TransportPolicy.ALL,
    IceTransportPolicy.RELAY: aioice.TransportPolicy.RELAY,
    IceTransportPolicy.NO_HOST: aioice.TransportPolicy.ALL,
}


class Lines(Protocol):
    """Something that carries lines of text to the other agent and back."""

    async def send(self, line: str) -> None:
        """Send a line; it has no line break."""

    async def receive(self) -> str:
        """The next line from the other side."""


class IceAgent:
    """One ICE agent (RFC 8445 §3) with one component. It trickles (RFC 8838).

    Args:
        configuration: Servers, policy, addresses and deadlines; what concerns signaling is not used.
        controlling: Whether this side nominates; one of the two does (RFC 8445 §6.1.1).
    """

    def __init__(self, configuration: Configuration, *, controlling: bool) -> None:
        #: The local candidates, and the servers that gave none, in the order in which they came.
        self.found: list[GatheredCandidate | ServerFailure] = []
        self._told = 0
        self._origin, self._began = time.monotonic(), time.time()
        self._states: list[tuple[float, IceState]] = []
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._connection = TrickleConnection(
            Plan(configuration.servers, configuration),
            self._note,
            # RFC 8445 §5.3: at least 24 and 128 random bits.
            local_username=secrets.token_hex(4),
            local_password=secrets.token_hex(16),
            policy=_POLICIES[configuration.policy],
        )
        self._connection.ice_controlling = controlling

    async def connect(self, lines: Lines) -> Path:
        """Gather, tell the other side, hear from it, and check until a pair is selected.

        Raises:
            SessionFailedError: No pair works, or the deadline for the checks has passed.
            RemoteError: The other side sent a line that makes no sense.
        """
        self._outbox.put_nowait(f"{_UFRAG}{self._connection.local_username}")
        self._outbox.put_nowait(f"{_PASSWORD}{self._connection.local_password}")
        failure: Exception | None = None
        self._enter(IceState.CHECKING)
        try:
            async with asyncio.TaskGroup() as group:
                helpers = [group.create_task(self._gather()), group.create_task(self._tell(lines))]
                await self._hear_credentials(lines)
                helpers.append(group.create_task(self._hear_candidates(lines)))
                try:
                    await self._connection.connect()
                finally:
                    for helper in helpers:
                        helper.cancel()
        except* ConnectionError:
            failure = SessionFailedError(self._why_not())
        except* RemoteError as errors:
            failure = RemoteError(str(_first(errors)))
        self._enter(IceState.FAILED if failure is not None else IceState.COMPLETED)
        if failure is not None:  # not raised above: Python 3.11.2 would wrap it in a group
            raise failure
        assert self.path is not None
        return self.path

    @property
    def path(self) -> Path | None:
        """The selected pair, or `None` before one is selected and after closing."""
        return self._connection.path

    def report(self) -> IceReport:
        """What it has done so far; its times are seconds since it was made."""
        return IceReport(
            taken_at=time.monotonic() - self._origin,
            states=tuple(self._states),
            generations=(self._connection.record.report(self._origin),),
            began=self._began,
        )

    async def send(self, data: bytes) -> None:
        """Send a datagram on the selected pair.

        Raises:
            ConnectionError: There is none.
        """
        await self._connection.send(data)

    async def receive(self) -> bytes:
        """The next datagram from the other side.

        Raises:
            ConnectionError: The connection is lost: consent has expired (RFC 7675), or it is closed.
        """
        return await self._connection.recv()

    async def close(self) -> None:
        """Close the sockets and give relays back."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _enter(self, state: IceState) -> None:
        self._states.append((time.monotonic() - self._origin, state))

    def _note(self, found: Found) -> None:
        """Keep what was found; a candidate that the other side knows already is not told."""
        assert isinstance(found, GatheredCandidate | ServerFailure)
        self.found.append(found)
        if isinstance(found, GatheredCandidate) and found.told:
            self._outbox.put_nowait(found.line)

    async def _gather(self) -> None:
        await self._connection.gather_candidates()
        self._outbox.put_nowait(_END)

    async def _tell(self, lines: Lines) -> None:
        line = ""
        while line != _END:
            line = await self._outbox.get()
            await lines.send(line)

    async def _hear_credentials(self, lines: Lines) -> None:
        self._connection.remote_username = await _expect(lines, _UFRAG)
        self._connection.remote_password = await _expect(lines, _PASSWORD)

    async def _hear_candidates(self, lines: Lines) -> None:
        while (line := await lines.receive()) != _END:
            self._told += 1
            if not line.startswith(_CANDIDATE) or self._told > _MAX_CANDIDATES:
                raise RemoteError(
                    f"expected at most {_MAX_CANDIDATES} candidates and then {_END}, got {line!r}"
                )
            candidate = to_aioice(decode_candidate(line))
            await self._connection.add_remote_candidate(candidate)
        await self._connection.add_remote_candidate(None)

    def _why_not(self) -> str:
        candidates = [one for one in self.found if isinstance(one, GatheredCandidate)]
        failures = [one for one in self.found if isinstance(one, ServerFailure)]
        return no_path(candidates, failures, self._told)


class LineEnd:
    """One end of a line within this process; `line` makes two of them."""

    def __init__(self, delay: float, outbox: asyncio.Queue[str], inbox: asyncio.Queue[str]) -> None:
        self._delay = delay
        self._outbox = outbox
        self._inbox = inbox
        self._under_way: collections.deque[str] = collections.deque()

    async def send(self, line: str) -> None:
        """Send a line; it arrives after the delay."""
        self._under_way.append(line)
        asyncio.get_running_loop().call_later(self._delay, self._arrive)

    async def receive(self) -> str:
        """The next line from the other end."""
        return await self._inbox.get()

    def _arrive(self) -> None:
        """Timers for the same moment may come in any order; the lines do not."""
        self._outbox.put_nowait(self._under_way.popleft())


def line(delay: float = 0.0) -> tuple[LineEnd, LineEnd]:
    """Two ends joined with each other.

    Args:
        delay: Seconds that a line takes, as through a signaling server.
    """
    one: asyncio.Queue[str] = asyncio.Queue()
    other: asyncio.Queue[str] = asyncio.Queue()
    return LineEnd(delay, one, other), LineEnd(delay, other, one)


async def _expect(lines: Lines, prefix: str) -> str:
    line = await lines.receive()
    value = line.removeprefix(prefix)
    if value == line or not value:
        raise RemoteError(f"expected {prefix}…, got {line!r}")
    return value


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
