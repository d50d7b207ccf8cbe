"""One connection to one remote, on aiortc: descriptions, candidates, a channel, events."""

from collections.abc import Callable

import aiortc
import aiortc.exceptions
from aiortc.sdp import SessionDescription

from peer.candidateattribute import decode_candidate
from peer.candidates import GatheredCandidate, ServerFailure
from peer.channel import Channel
from peer.configuration import Configuration, IceTransportPolicy
from peer.engine.conversion import to_aiortc
from peer.engine.events import (
    CandidateFound,
    ChannelOpened,
    ConnectionBroken,
    ConnectionClosed,
    DtlsConnected,
    EngineEvent,
    GatheringEnded,
    IceCompleted,
    IceFailed,
    IceStarted,
    ServerFailed,
)
from peer.engine.gathering import Plan
from peer.engine.tricklepeer import TricklePeerConnection
from peer.errors import RemoteError
from peer.path import Path
from peer.servers import Server

_POLICIES = {
    IceTransportPolicy.ALL: aiortc.RTCIceTransportPolicy.ALL,
    IceTransportPolicy.RELAY: aiortc.RTCIceTransportPolicy.RELAY,
    IceTransportPolicy.NO_HOST: aiortc.RTCIceTransportPolicy.ALL,
}
#: What aiortc raises for a description or a candidate that it cannot use. Its parser asserts and
#: indexes freely, so nearly anything may come out of it.
_REFUSALS = (
    ValueError,
    AssertionError,
    LookupError,
    TypeError,
    AttributeError,
    aiortc.exceptions.InternalError,
    aiortc.exceptions.InvalidAccessError,
    aiortc.exceptions.InvalidStateError,
    aiortc.exceptions.OperationError,
)
_ICE_EVENTS: dict[str, EngineEvent] = {
    "checking": IceStarted(),
    "completed": IceCompleted(),
    "failed": IceFailed(),
}
_MAX_CANDIDATES = 256
_TRICKLE = "a=ice-options:trickle"


class AiortcEngine:
    """A peer connection with one data channel.

    Args:
        configuration: Policy, addresses and deadlines.
        servers: The STUN and TURN servers to ask.
        on_event: Called with each event, in order, from the event loop.
    """

    def __init__(
        self,
        configuration: Configuration,
        servers: tuple[Server, ...],
        on_event: Callable[[EngineEvent], None],
    ) -> None:
        plan = Plan(servers, configuration)
        self._emit = on_event
        self._closed = False
        self._watched = False
        self._ice_completed = False
        self._remote_described = False
        self._taken = 0
        self._ended = False
        self._waiting: list[aiortc.RTCIceCandidate | None] = []
        self._pc = TricklePeerConnection(
            plan,
            _POLICIES[configuration.policy],
            self._found,
            lambda: self._emit(GatheringEnded()),
        )
        self._pc.on("datachannel", self._adopt)
        self._pc.on("connectionstatechange", self._connection_changed)

    async def create_offer(self, label: str) -> str:
        """Open a data channel and describe this side; gathering begins.

        Returns:
            The offer, as SDP.
        """
        channel = self._pc.createDataChannel(label)
        await self._pc.setLocalDescription(await self._pc.createOffer())
        self._watch_transports()
        self._adopt(channel)
        return self._local_description()

    async def accept_offer(self, sdp: str) -> str:
        """Take the remote's offer; gathering begins.

        Returns:
            The answer, as SDP.

        Raises:
            RemoteError: aiortc refuses the offer.
        """
        await self._describe_remote(sdp, "offer")
        try:
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except _REFUSALS as error:
            raise _refused("offer", error) from error
        return self._local_description()

    async def accept_answer(self, sdp: str) -> None:
        """Take the remote's answer.

        Raises:
            RemoteError: aiortc refuses the answer.
        """
        await self._describe_remote(sdp, "answer")

    async def add_candidate(
        self, line: str, sdp_mid: str | None, sdp_m_line_index: int | None
    ) -> None:
        """Add a remote candidate, at once or when the remote's description has come.

        Raises:
            RemoteError: It does not parse, belongs to no media section, or is one too many.
        """
        candidate = to_aiortc(
            decode_candidate(line), sdp_mid=sdp_mid, sdp_m_line_index=sdp_m_line_index
        )
        if sdp_mid is None and sdp_m_line_index is None:
            raise RemoteError("a candidate needs sdpMid or sdpMLineIndex")
        if self._taken >= _MAX_CANDIDATES:
            raise RemoteError(f"more than {_MAX_CANDIDATES} candidates")
        self._taken += 1
        self._take(candidate)

    async def end_candidates(self) -> None:
        """No further remote candidate will come (RFC 8838 §14)."""
        self._take(None)

    @property
    def path(self) -> Path | None:
        """The selected pair, or `None`."""
        return next((c.path for c in self._pc.connections if c.path is not None), None)

    async def close(self) -> None:
        """Close everything within the configured deadline."""
        if not self._closed:
            self._closed = True
            await self._pc.close()

    async def _describe_remote(self, sdp: str, kind: str) -> None:
        try:
            _check_sections(sdp)
            await self._pc.setRemoteDescription(aiortc.RTCSessionDescription(sdp=sdp, type=kind))
        except _REFUSALS as error:
            raise _refused(kind, error) from error
        self._remote_described = True
        self._watch_transports()
        waiting, self._waiting = self._waiting, []
        for candidate in waiting:
            self._pc.add_candidate(candidate)

    def _take(self, candidate: aiortc.RTCIceCandidate | None) -> None:
        """aiortc loses candidates that come before the description, so they wait here."""
        if self._closed or self._ended:
            return
        self._ended = candidate is None
        if self._remote_described:
            self._pc.add_candidate(candidate)
        else:
            self._waiting.append(candidate)

    def _local_description(self) -> str:
        """The local description, saying that candidates are trickled (RFC 8840 §4.1.1)."""
        lines = self._pc.localDescription.sdp.splitlines()
        first_section = next(
            (i for i, line in enumerate(lines) if line.startswith("m=")), len(lines)
        )
        return "\r\n".join([*lines[:first_section], _TRICKLE, *lines[first_section:], ""])

    def _found(self, found: GatheredCandidate | ServerFailure) -> None:
        match found:
            case GatheredCandidate():
                sctp = self._pc.sctp
                mid = sctp.mid if sctp is not None and sctp.mid is not None else "0"
                self._emit(CandidateFound(found, sdp_mid=mid, sdp_m_line_index=0))
            case ServerFailure():
                self._emit(ServerFailed(found))

    def _watch_transports(self) -> None:
        """Follow the states of the ICE and DTLS transports, now that they exist."""
        sctp = self._pc.sctp
        if sctp is None or self._watched:
            return
        self._watched = True
        dtls = sctp.transport
        ice = dtls.transport

        @ice.on("statechange")
        def ice_changed() -> None:
            self._ice_completed = self._ice_completed or ice.state == "completed"
            if (event := _ICE_EVENTS.get(ice.state)) is not None and not self._closed:
                self._emit(event)

        @dtls.on("statechange")
        def dtls_changed() -> None:
            if dtls.state == "connected":
                self._emit(DtlsConnected())

    def _connection_changed(self) -> None:
        """Report an end that we did not ask for."""
        if self._closed:
            return
        if self._pc.connectionState == "closed":
            self._emit(ConnectionClosed())
        elif self._pc.connectionState == "failed" and self._ice_completed:
            self._emit(ConnectionBroken())  # else it is ICE that fails, and says so itself

    def _adopt(self, channel: Channel) -> None:
        """Tell of a channel once it is open."""
        if channel.readyState == "open":
            self._emit(ChannelOpened(channel))
        else:
            channel.on("open", lambda: self._emit(ChannelOpened(channel)))


def _check_sections(sdp: str) -> None:
    """Take data channels alone: aiortc would receive media, and keep it, for nobody."""
    kinds = [media.kind for media in SessionDescription.parse(sdp).media]
    if kinds != ["application"]:
        found = ", ".join(kinds[:5]) or "none"
        raise ValueError(f"one section, for data channels, is expected, not {found}")


def _refused(kind: str, error: Exception) -> RemoteError:
    text = str(error) or type(error).__name__
    return RemoteError(f"the {kind} cannot be used: {text}")
