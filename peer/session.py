"""A session with one other member of a room: a peer connection that stays up, and what it tells."""

import asyncio
import contextlib
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiortc

from peer.adoption import adopt
from peer.call import Call
from peer.candidates import GatheredCandidate, ServerFailure
from peer.channel import Channel
from peer.engine import RTCPeerConnection
from peer.errors import SessionFailedError
from peer.explanation import Diagnosis, Explanation, explain
from peer.happenings import End, Happening
from peer.path import Path, PathKind
from peer.report import IceReport
from peer.restarts import Reason
from peer.states import SessionState
from peer.streams import Stream
from peer.timeline import Timeline


class Session:
    """One connection to one other member. `meet` and `join` make, start and end it.

    It negotiates perfectly (W3C), restarts ICE by itself when the path or the network changes,
    lives through the loss of signaling, and knows whether the other side left or the network went.

    Args:
        call: What goes on in it.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def remote(self) -> str | None:
        """The other member's name, once there is one; the one it had first."""
        return self._call.remote

    @property
    def remote_meta(self) -> Mapping[str, Any]:
        """What the other member said about itself when it came: anything at all."""
        return self._call.remote_meta

    @property
    def offers(self) -> bool:
        """Whether we came later than the other side, so that the first offer is ours."""
        return self._call.offers

    @property
    def pc(self) -> RTCPeerConnection:
        """The peer connection.

        Raises:
            SessionFailedError: There is nobody yet to be connected with.
        """
        return self._call.pc

    @property
    def timeline(self) -> Timeline:
        """When each step was taken: those of signaling, and those of the peer connection."""
        return self._call.record.timeline

    @property
    def state(self) -> SessionState:
        """Where the session is."""
        return self._call.life.state

    @property
    def attempt(self) -> str | None:
        """The id of the attempt that the two sides' signals bear."""
        return self._call.attempt

    @property
    def end(self) -> End | None:
        """How the session ended, or `None` while it goes on."""
        return self._call.life.ended.result() if self._call.life.ended.done() else None

    @property
    def path(self) -> Path | None:
        """The selected pair, or `None` before one is selected. It stays readable after closing."""
        return self._call.record.path

    @property
    def candidates(self) -> tuple[GatheredCandidate, ...]:
        """The local candidates of all generations, in the order in which they were gathered."""
        return self._call.record.candidates

    @property
    def remote_candidates(self) -> tuple[str, ...]:
        """The candidates that the other side has told, as they came."""
        return tuple(self._call.record.remote_candidates)

    @property
    def failures(self) -> tuple[ServerFailure, ...]:
        """The servers that gave no candidate, and why."""
        return self._call.record.failures

    def report(self) -> IceReport | None:
        """What ICE did, or `None` before it has begun. It stays readable after closing."""
        return self._call.record.report()

    def explain(
        self, *, diagnosis: Diagnosis | None = None, remote_diagnosis: Diagnosis | None = None
    ) -> Explanation:
        """Why the connection took the path it took, or none, as far as this side can see.

        Args:
            diagnosis: A `nat.discovery.Report` of this side's network, where there is one.
            remote_diagnosis: The same of the other side's.
        """
        return explain(self.report(), diagnosis=diagnosis, remote_diagnosis=remote_diagnosis)

    async def stats(self) -> Any:
        """The W3C's statistics of the peer connection."""
        return await self.pc.getStats()

    async def connected(self) -> Channel:
        """Wait for the open data channel.

        Raises:
            SessionFailedError: It will not open; the message says why.
        """
        channel = await asyncio.shield(self._call.life.opened)
        if channel is None:
            raise SessionFailedError("the other side takes no data channels")
        return channel

    async def settled(self, within: float = 4.0) -> Path | None:
        """Wait for the path that stays: data may flow through a relay before a direct one works.

        Args:
            within: Seconds after which a relayed path is taken to stay.

        Returns:
            The path, a direct one at once.
        """
        changes = self.events()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.path is None or self.path.kind is PathKind.RELAYED:
                    if await anext(changes, None) is None:
                        break  # the session has ended
        return self.path

    async def ended(self) -> str:
        """Wait for the end of the session; `end` then says whose doing it was.

        Returns:
            Why it ended, in words.
        """
        return (await asyncio.shield(self._call.life.ended)).reason

    def events(self) -> Stream[Happening]:
        """Iterate over what happens from now on, until the session ends."""
        return self._call.life.happenings.open()

    async def open_channel(self, label: str, **options: Any) -> Channel:
        """Open a further data channel; options are `RTCPeerConnection.createDataChannel`'s.

        Raises:
            SessionFailedError: The session ended before the channel was open.
        """
        opened: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
        adopt(self.pc.createDataChannel(label, **options), opened.set_result)
        waiting: list[asyncio.Future[Any]] = [opened, self._call.life.ended]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not opened.done():
            raise SessionFailedError(self._call.life.ended.result().reason)
        return opened.result()

    def channels(self) -> Stream[Channel]:
        """Iterate over the further channels that the other side opens."""
        return self._call.life.channels

    def add_track(self, track: aiortc.MediaStreamTrack) -> None:
        """Send a track to the other side, from the beginning or from now on."""
        self._call.add_track(track)

    def tracks(self) -> Stream[aiortc.MediaStreamTrack]:
        """Iterate over the tracks that the other side sends."""
        return self._call.life.tracks

    def restart(self) -> None:
        """Restart ICE: look for the best path anew while the present one goes on."""
        self._call.restart(Reason.ASKED)

    async def close(self) -> None:
        """Say goodbye, close the connection; bounded in time."""
        await self._call.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
