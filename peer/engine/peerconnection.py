"""The W3C's RTCPeerConnection on aiortc: what an aiortc user knows, trickled and bounded in time."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiortc
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError

from peer.candidates import GatheredCandidate
from peer.configuration import Configuration
from peer.engine import descriptions, names
from peer.engine.background import Background, report, within
from peer.engine.connectionstates import connection_state, ice_connection_state
from peer.engine.events import (
    CandidateFound,
    IceEvent,
    IceStateChanged,
    PathChanged,
    ServerFailed,
)
from peer.engine.gathering import Plan
from peer.engine.icecandidate import RTCIceCandidate
from peer.engine.remotecandidates import RemoteCandidates
from peer.engine.settings import settle
from peer.engine.wiring import Wiring, agent_of, dtls_of
from peer.errors import RemoteError
from peer.path import Path
from peer.timeline import Step, Timeline

#: What aiortc raises for a description that it cannot use. Its parser asserts and indexes freely,
#: so nearly anything may come out of it.
_REFUSALS = (
    ValueError,
    AssertionError,
    LookupError,
    TypeError,
    AttributeError,
    StopIteration,
    RuntimeError,
    InternalError,
    InvalidAccessError,
    OperationError,
)
#: The part of the closing deadline that media and data have for their farewell.
_FAREWELL = 0.25


class RTCPeerConnection(aiortc.RTCPeerConnection):
    """A connection to one remote, with aiortc's interface and the rest of the W3C's.

    Events: icecandidate (an `RTCIceCandidate`, or `None` at the end), icecandidateerror (a
    `ServerFailure`), icegatheringstatechange, iceconnectionstatechange, connectionstatechange,
    signalingstatechange, selectedcandidatepairchange (a `Path`), datachannel and track. An exception
    in a handler goes to the event loop's handler and disturbs nothing.

    Who listens for `icecandidate` before `setLocalDescription` gets trickled candidates, and
    `setLocalDescription` returns at once. Who does not is served as by aiortc: it returns when
    gathering has ended, and `localDescription` has every candidate.

    Args:
        configuration: Ours, or the W3C's as aiortc has it. No server is asked but those named.
    """

    def __init__(
        self, configuration: Configuration | aiortc.RTCConfiguration | None = None
    ) -> None:
        self._settings = settle(configuration)
        super().__init__(self._settings.rtc)
        if self._settings.certificates is not None:
            setattr(self, names.PC_CERTIFICATES, self._settings.certificates)
        self._background = Background()
        self._wiring = Wiring(self, self._background)
        self._operations = asyncio.Lock()
        self._remote_candidates = RemoteCandidates()
        self._arrived: descriptions.Arrived | None = None
        #: What was gathered, of each transport and each generation.
        self._local_candidates: dict[tuple[aiortc.RTCIceTransport, str], list[str]] = {}
        self._gathered = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None
        self._ice_state = "new"
        self._state = "new"
        #: When each step of the set-up was taken.
        self.timeline = Timeline(time.monotonic())

    # --- states ---------------------------------------------------------------------------------

    @property
    def connectionState(self) -> str:
        """new, connecting, connected, disconnected, failed or closed."""
        return self._state

    @property
    def iceConnectionState(self) -> str:
        """new, checking, connected, completed, disconnected, failed or closed."""
        return self._ice_state

    @property
    def localDescription(self) -> aiortc.RTCSessionDescription:
        """The local description, with the candidates gathered so far."""
        plain: aiortc.RTCSessionDescription | None = super().localDescription
        if plain is None:
            return None  # type: ignore[return-value]  # as aiortc does, whose type forgets it
        found = {}
        for ice in self._wiring.ice_transports:
            mid, _ = self._wiring.place(ice, plain.sdp)
            found[mid] = self._local_candidates.get((ice, agent_of(ice).local_username), [])
        ended = self.iceGatheringState == "complete"
        text = descriptions.with_candidates(plain.sdp, found, ended=ended)
        return aiortc.RTCSessionDescription(sdp=text, type=plain.type)

    @property
    def path(self) -> Path | None:
        """The selected pair, or `None`."""
        agents = [agent_of(ice) for ice in self._wiring.ice_transports]
        return next((agent.path for agent in agents if agent.path is not None), None)

    # --- descriptions ---------------------------------------------------------------------------

    async def createOffer(self) -> aiortc.RTCSessionDescription:
        """An offer, without candidates."""
        async with self._operation():
            return await self._create_offer()

    async def createAnswer(self) -> aiortc.RTCSessionDescription:
        """An answer to the remote's offer, without candidates."""
        async with self._operation():
            return await self._create_answer()

    async def setLocalDescription(
        self, sessionDescription: aiortc.RTCSessionDescription | None = None
    ) -> None:
        """Put a description into force on this side, the fitting one when none is given."""
        async with self._operation():
            if sessionDescription is None:
                answers = self.signalingState == "have-remote-offer"
                sessionDescription = await (
                    self._create_answer() if answers else self._create_offer()
                )
            await super().setLocalDescription(_leaving(sessionDescription))
            if sessionDescription.type == "answer":
                self._agree()
        if not self.listeners("icecandidate"):
            await self._gathered.wait()

    async def setRemoteDescription(self, sessionDescription: aiortc.RTCSessionDescription) -> None:
        """Put the remote's description into force.

        Raises:
            RemoteError: It cannot be used; the message says why.
            InvalidStateError: It does not fit into the signaling state.
        """
        async with self._operation():
            kind = sessionDescription.type
            try:
                arrived = descriptions.read(sessionDescription.sdp)
                await super().setRemoteDescription(
                    aiortc.RTCSessionDescription(sdp=arrived.text, type=kind)
                )
            except _REFUSALS as error:
                text = str(error) or type(error).__name__
                raise RemoteError(f"the {kind} cannot be used: {text}") from error
            self._arrived = arrived
            self._remote_candidates.expect()
            if kind == "answer":
                self._agree()

    async def addIceCandidate(
        self, candidate: "aiortc.RTCIceCandidate | Mapping[str, Any] | None"
    ) -> None:
        """Add a remote candidate, or the end of them.

        One that comes before its description is kept until that is in force.

        Raises:
            RemoteError: It makes no sense, or is one too many.
        """
        if self._closing is not None:
            return
        taken = None if candidate is None else RTCIceCandidate.of(candidate)
        self._wiring.deliver(self._remote_candidates.take(taken))

    async def _create_offer(self) -> aiortc.RTCSessionDescription:
        return _leaving(await super().createOffer())

    async def _create_answer(self) -> aiortc.RTCSessionDescription:
        return _leaving(await super().createAnswer())

    def _agree(self) -> None:
        """Both descriptions are in force: the remote's candidates may be used."""
        assert self._arrived is not None
        self._wiring.deliver(self._remote_candidates.describe(self._arrived))

    # --- data and media --------------------------------------------------------------------------

    def createDataChannel(self, label: str, *args: Any, **options: Any) -> aiortc.RTCDataChannel:
        """Open a data channel; options are aiortc's."""
        channel = super().createDataChannel(label, *args, **options)
        self._share_transport()
        channel.once("open", lambda: self._mark(Step.CHANNEL_OPEN))
        return channel

    def _RTCPeerConnection__createTransceiver(self, *args: Any, **options: Any) -> Any:
        transceiver = names.private(super(), names.PC_CREATE_TRANSCEIVER)(*args, **options)
        self._share_transport()
        return transceiver

    def _share_transport(self) -> None:
        """Tell aiortc that whoever uses the one transport needs no other when a bundle is agreed.

        It marks only the later of two that share one, and would close what the earlier one uses.
        """
        owners = self._wiring.owners
        for owner in owners:
            if sum(dtls_of(other) is dtls_of(owner) for other in owners) > 1:
                owner._bundled = True  # noqa: SLF001 - aiortc's, listed in names.py

    # --- the end --------------------------------------------------------------------------------

    async def close(self) -> None:
        """Close everything within the configured deadline, whatever the network does."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        """The steps of aiortc's own `close`, side by side and each with its deadline."""
        deadline = self._settings.configuration.close_deadline
        closed = asyncio.get_running_loop().create_future()
        setattr(self, names.PC_IS_CLOSED, closed)
        names.private(self, names.PC_SET_SIGNALING_STATE)("closed")
        self._gathered.set()
        await self._background.cancel()
        owners, dtls = self._wiring.owners, list(self._wiring.dtls_transports)
        await within(deadline * _FAREWELL, [owner.stop() for owner in owners])
        await within(deadline * _FAREWELL, [transport.stop() for transport in dtls])
        await within(deadline, [ice.stop() for ice in self._wiring.ice_transports])
        for update in (
            names.PC_UPDATE_GATHERING_STATE,
            names.PC_UPDATE_ICE_STATE,
            names.PC_UPDATE_CONNECTION_STATE,
        ):
            names.private(self, update)()
        self.remove_all_listeners()
        closed.set_result(True)

    # --- what aiortc calls -----------------------------------------------------------------------

    def emit(self, event: str, *args: Any, **kwargs: Any) -> bool:
        """Tell whoever listens; what goes wrong there is told and stops nothing here."""
        try:
            return super().emit(event, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever an application's handler raises
            report(error)
            return True

    async def _RTCPeerConnection__gather(self) -> None:
        """Begin to gather, and do not wait: candidates are trickled."""
        for ice in self._wiring.ice_transports:
            if ice.iceGatherer.state == "new":
                self._gathered.clear()
                self._background.spawn(ice.iceGatherer.gather())

    async def _RTCPeerConnection__connect(self) -> None:
        """Begin to connect when an answer is in force, whoever gave it (RFC 8829 §3.5.1)."""
        if self.signalingState == "stable" and self._closing is None:
            self._background.spawn(self._wiring.connect())

    def _RTCPeerConnection__createDtlsTransport(self) -> Any:
        """Let aiortc build its transports, then put our ICE agent under them."""
        dtls = names.private(super(), names.PC_CREATE_DTLS_TRANSPORT)()
        configuration = self._settings.configuration
        self._wiring.fit(dtls, Plan(configuration.servers, configuration), self._ice_event)
        return dtls

    def _RTCPeerConnection__updateIceGatheringState(self) -> None:
        names.private(super(), names.PC_UPDATE_GATHERING_STATE)()
        if self.iceGatheringState == "complete" and not self._gathered.is_set():
            self._gathered.set()
            self._mark(Step.GATHERING_ENDED)
            self.emit("icecandidate", None)

    def _RTCPeerConnection__updateIceConnectionState(self) -> None:
        state = ice_connection_state(
            self._wiring.ice_states, closed=self.signalingState == "closed"
        )
        if state != self._ice_state:
            self._ice_state = state
            if state in _ICE_STEPS:
                self._mark(_ICE_STEPS[state])
            self.emit("iceconnectionstatechange")

    def _RTCPeerConnection__updateConnectionState(self) -> None:
        dtls = [transport.state for transport in self._wiring.dtls_transports]
        state = connection_state(
            self._wiring.ice_states, dtls, closed=self.signalingState == "closed"
        )
        if "connected" in dtls:
            self._mark(Step.DTLS_CONNECTED)
        if state != self._state:
            self._state = state
            self.emit("connectionstatechange")
        if set(dtls) == {"closed"} and self._closing is None:
            self._closing = asyncio.create_task(self._close())  # the remote has closed

    def _ice_event(self, ice: aiortc.RTCIceTransport, event: IceEvent) -> None:
        """Tell the application what its ICE agent has to say."""
        match event:
            case CandidateFound(candidate, ufrag) if not candidate.redundant:
                self._candidate_found(ice, candidate, ufrag)
            case ServerFailed(failure):
                self.emit("icecandidateerror", failure)
            case PathChanged(path):
                self.emit("selectedcandidatepairchange", path)
            case IceStateChanged():
                names.private(self, names.PC_UPDATE_ICE_STATE)()
                names.private(self, names.PC_UPDATE_CONNECTION_STATE)()
            case _:
                pass

    def _candidate_found(
        self, ice: aiortc.RTCIceTransport, found: GatheredCandidate, ufrag: str
    ) -> None:
        self._local_candidates.setdefault((ice, ufrag), []).append(found.line)
        mid, index = self._wiring.place(ice, super().localDescription.sdp)
        candidate = RTCIceCandidate.parse(found.line, mid, index, ufrag)
        candidate.url = found.server
        self.emit("icecandidate", candidate)

    @contextlib.asynccontextmanager
    async def _operation(self) -> AsyncIterator[None]:
        """One after the other, in the order in which they were called (WebRTC §4.4.1.2)."""
        async with self._operations:
            if self._closing is not None:
                raise InvalidStateError("RTCPeerConnection is closed")
            yield

    def _mark(self, step: Step) -> None:
        self.timeline.mark(step, time.monotonic())


_ICE_STEPS = {
    "checking": Step.ICE_STARTED,
    "connected": Step.ICE_COMPLETED,
    "completed": Step.ICE_COMPLETED,
}


def _leaving(description: aiortc.RTCSessionDescription) -> aiortc.RTCSessionDescription:
    return aiortc.RTCSessionDescription(
        sdp=descriptions.leaving(description.sdp), type=description.type
    )
