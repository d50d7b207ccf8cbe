"""aiortc's peer connection with our ICE under it, states as the W3C has them, and a bounded close."""

import asyncio
import dataclasses
import time
from typing import Any

import aiortc
from aiortc.exceptions import InvalidAccessError
from aiortc.stats import RTCStatsReport

from peer.candidates import GatheredCandidate
from peer.configuration import Configuration
from peer.engine import descriptions, names
from peer.engine.background import Background, report, within
from peer.engine.channelconnection import ChannelConnection
from peer.engine.connectionstates import connection_state, gathering_state, ice_connection_state
from peer.engine.events import (
    CandidateFound,
    GatheringEnded,
    IceEvent,
    IceStateChanged,
    PathChanged,
    RelayLost,
    ServerFailed,
)
from peer.engine.gathering import Plan
from peer.engine.icecandidate import RTCIceCandidate
from peer.engine.measuring import Channels, measure
from peer.engine.numbering import keeping_numbers
from peer.engine.sections import Layout, expand
from peer.engine.settings import settle
from peer.engine.transceiver import Transceiver
from peer.engine.wiring import Wiring, agent_of, end_decoding
from peer.explanation import Diagnosis, Explanation, explain
from peer.path import Path
from peer.report import IceReport
from peer.stats import statistics
from peer.timeline import Step, Timeline

#: The part of the closing deadline that decoders, owners and DTLS each have to end.
_FAREWELL = 0.25
_ICE_STEPS = {
    "checking": Step.ICE_STARTED,
    "connected": Step.ICE_COMPLETED,
    "completed": Step.ICE_COMPLETED,
}


class OpenPeerConnection(ChannelConnection):
    """What `RTCPeerConnection` stands on: transports, states, local candidates and the end.

    Args:
        configuration: Ours, or the W3C's as aiortc has it.
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
        self._channels = Channels()
        self._layout = Layout()
        #: What was gathered for each generation, by its user name fragment.
        self._local_candidates: dict[str, list[GatheredCandidate]] = {}
        self._gathering_begun: set[str] = set()
        self._gathering_ended: set[str] = set()
        self._gathered = asyncio.Event()
        self._gathered.set()
        self._closing: asyncio.Task[None] | None = None
        self._gathering_state = "new"
        self._ice_state = "new"
        self._state = "new"
        #: When each step of the set-up was taken.
        self.timeline = Timeline(time.monotonic())

    @property
    def connectionState(self) -> str:
        """new, connecting, connected, disconnected, failed or closed."""
        return self._state

    @property
    def iceConnectionState(self) -> str:
        """new, checking, connected, completed, disconnected, failed or closed."""
        return self._ice_state

    @property
    def iceGatheringState(self) -> str:
        """new, gathering or complete."""
        return self._gathering_state

    @property
    def localDescription(self) -> aiortc.RTCSessionDescription:
        """The local description, with the candidates gathered so far."""
        plain: aiortc.RTCSessionDescription | None = super().localDescription
        if plain is None:
            return None  # type: ignore[return-value]  # as aiortc does, whose type forgets it
        found: dict[str, list[str]] = {}
        whole = expand(plain.sdp, self._layout)
        for ice in self._wiring.ice_transports:
            mid, _ = self._wiring.place(ice, whole)
            mine = self._local_candidates.get(agent_of(ice).local_username, [])
            found[mid] = [candidate.line for candidate in mine]
        ended = self.iceGatheringState == "complete"
        text = descriptions.with_candidates(whole, found, ended=ended)
        return aiortc.RTCSessionDescription(sdp=text, type=plain.type)

    @property
    def path(self) -> Path | None:
        """The selected pair, or `None`."""
        agents = [agent_of(ice) for ice in self._wiring.ice_transports]
        return next((agent.path for agent in agents if agent.path is not None), None)

    @property
    def failure(self) -> str | None:
        """Why `connectionState` is failed, in words, or `None`."""
        if self._wiring.failure is not None:
            return self._wiring.failure
        return (
            "no path works, or the one that did no longer does" if self._state == "failed" else None
        )

    def report(self) -> IceReport | None:
        """What ICE has done up to now, or `None` before there is anything to connect."""
        reports = [agent_of(ice).report() for ice in self._wiring.ice_transports]
        return reports[0] if reports else None

    def explain(
        self, *, diagnosis: Diagnosis | None = None, remote_diagnosis: Diagnosis | None = None
    ) -> Explanation:
        """Why the connection took the path it took, or none.

        Args:
            diagnosis: A `nat.discovery.Report` of this side's network, where there is one.
            remote_diagnosis: The same of the other side's.
        """
        return explain(self.report(), diagnosis=diagnosis, remote_diagnosis=remote_diagnosis)

    async def getStats(self) -> RTCStatsReport:
        """The W3C's statistics, each dictionary under its id; members read as attributes as well."""
        report = RTCStatsReport()
        report.update(statistics(await measure(self, self._wiring, self._channels)))
        return report

    def getConfiguration(self) -> Configuration:
        """The settings, in our words."""
        return self._settings.configuration

    def setConfiguration(self, configuration: Configuration | aiortc.RTCConfiguration) -> None:
        """Change the servers and the policy; they count from the next gathering, after a restart.

        Raises:
            ConfigurationError: It makes no sense.
            InvalidAccessError: It has other certificates or another bundle policy.
        """
        settings = settle(configuration)
        if settings.certificates not in (None, self._settings.certificates):
            raise InvalidAccessError("certificates cannot be changed")
        if settings.rtc.bundlePolicy is not self._settings.rtc.bundlePolicy:
            raise InvalidAccessError("the bundle policy cannot be changed")
        self._settings = dataclasses.replace(self._settings, configuration=settings.configuration)
        for ice in self._wiring.ice_transports:
            agent_of(ice).plan_anew(self._plan())

    def gather(self) -> None:
        """Begin to gather ahead of any description; what is found is told with the first one.

        It is the W3C's pool of candidates, of one transport, begun when the application says so.
        """
        if not self._wiring.dtls_transports:
            self._wiring.keep(names.private(self, names.PC_CREATE_DTLS_TRANSPORT)())
        self._background.spawn(names.private(self, names.PC_GATHER)())

    async def close(self) -> None:
        """Close everything within the configured deadline, whatever the network does."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    def emit(self, event: str, *args: Any, **kwargs: Any) -> bool:
        """Tell whoever listens; what goes wrong there is told and stops nothing here."""
        if event == "datachannel":
            self._channels.add(*args)
        try:
            return super().emit(event, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever an application's handler raises
            report(error)
            return True

    async def _close(self) -> None:
        """The steps of aiortc's own `close`, side by side and each with its deadline."""
        deadline = self._settings.configuration.close_deadline
        end = time.monotonic() + deadline
        closed = asyncio.get_running_loop().create_future()
        setattr(self, names.PC_IS_CLOSED, closed)
        names.private(self, names.PC_SET_SIGNALING_STATE)("closed")
        self._gathered.set()
        await self._background.cancel()
        owners, dtls = self._wiring.owners, list(self._wiring.dtls_transports)
        farewell = deadline * _FAREWELL
        await asyncio.gather(*(end_decoding(one, farewell) for one in self.getReceivers()))
        await within(farewell, [owner.stop() for owner in owners])
        await within(farewell, [transport.stop() for transport in dtls])
        ices = [ice.stop() for ice in self._wiring.ice_transports]
        await within(end - time.monotonic(), ices)
        self._update_states()
        self.remove_all_listeners()
        closed.set_result(True)

    def _plan(self) -> Plan:
        configuration = self._settings.configuration
        return Plan(configuration.servers, configuration)

    def _need_negotiation(self) -> None:
        """Something has changed that the remote does not know yet."""

    # What aiortc calls, by its own mangled names

    async def _RTCPeerConnection__gather(self) -> None:
        """Begin to gather, and do not wait: candidates are trickled."""
        for ice in self._wiring.ice_transports:
            agent = agent_of(ice)
            if agent.local_username not in self._gathering_begun:
                self._gathering_begun.add(agent.local_username)
                self._gathered.clear()
                self._background.spawn(agent.gather_candidates())
        names.private(self, names.PC_UPDATE_GATHERING_STATE)()

    async def _RTCPeerConnection__connect(self) -> None:
        """Nothing: checks begin when an answer is in force, whoever gave it (RFC 8829 §3.5.1)."""

    def _RTCPeerConnection__createDtlsTransport(self) -> Any:
        """Let aiortc build its transports, then put our ICE agent under them."""
        spare = self._wiring.take_spare()
        if spare is not None:
            return spare
        dtls = names.private(super(), names.PC_CREATE_DTLS_TRANSPORT)()
        self._wiring.fit(dtls, self._plan(), self._ice_event)
        return dtls

    async def createOffer(self) -> aiortc.RTCSessionDescription:
        """aiortc's offer, with the numbers that were agreed on."""
        with keeping_numbers(self.getTransceivers()):
            return await super().createOffer()

    def _RTCPeerConnection__createTransceiver(self, *args: Any, **options: Any) -> Any:
        transceiver = names.private(super(), names.PC_CREATE_TRANSCEIVER)(*args, **options)
        Transceiver.adopt(transceiver, self._need_negotiation)
        self._wiring.share(None)
        self._need_negotiation()
        return transceiver

    def _RTCPeerConnection__createSctpTransport(self) -> None:
        names.private(super(), names.PC_CREATE_SCTP_TRANSPORT)()
        self._wiring.share(None)

    def _RTCPeerConnection__updateIceGatheringState(self) -> None:
        fragments = {agent_of(ice).local_username for ice in self._wiring.ice_transports}
        state = gathering_state(fragments, self._gathering_begun, self._gathering_ended)
        if state == self._gathering_state:
            return
        self._gathering_state = state
        self.emit("icegatheringstatechange")
        if state == "complete":
            self._gathered.set()
            self.timeline.mark(Step.GATHERING_ENDED, time.monotonic())
            if self._tells_candidates():
                self.emit("icecandidate", None)

    def _RTCPeerConnection__updateIceConnectionState(self) -> None:
        closed = self.signalingState == "closed"
        state = ice_connection_state(self._wiring.ice_states, closed=closed)
        if state != self._ice_state:
            self._ice_state = state
            if state in _ICE_STEPS:
                self.timeline.mark(_ICE_STEPS[state], time.monotonic())
            self.emit("iceconnectionstatechange")

    def _RTCPeerConnection__updateConnectionState(self) -> None:
        dtls = [transport.state for transport in self._wiring.dtls_transports]
        closed = self.signalingState == "closed"
        state = connection_state(self._wiring.ice_states, dtls, closed=closed)
        if "connected" in dtls:
            self.timeline.mark(Step.DTLS_CONNECTED, time.monotonic())
        if state != self._state:
            self._state = state
            self.emit("connectionstatechange")
        if set(dtls) == {"closed"} and self._closing is None:
            self._closing = asyncio.create_task(self._close())  # the remote has closed

    def _update_states(self) -> None:
        names.private(self, names.PC_UPDATE_GATHERING_STATE)()
        names.private(self, names.PC_UPDATE_ICE_STATE)()
        names.private(self, names.PC_UPDATE_CONNECTION_STATE)()

    # What the ICE agents tell

    def _ice_event(self, ice: aiortc.RTCIceTransport, event: IceEvent) -> None:
        """Tell the application what its ICE agent has to say."""
        match event:
            case CandidateFound(candidate, ufrag) if candidate.told:
                self._local_candidates.setdefault(ufrag, []).append(candidate)
                self._tell_candidate(ice, candidate, ufrag)
            case ServerFailed(failure):
                self.emit("icecandidateerror", failure)
            case GatheringEnded(ufrag):
                self._gathering_ended.add(ufrag)
                names.private(self, names.PC_UPDATE_GATHERING_STATE)()
            case RelayLost(server):
                self.emit("relaylost", server)
            case PathChanged(path):
                self.path_changed()
                self.emit("selectedcandidatepairchange", path)
            case IceStateChanged():
                names.private(self, names.PC_UPDATE_ICE_STATE)()
                names.private(self, names.PC_UPDATE_CONNECTION_STATE)()
            case _:
                pass

    def _tells_candidates(self) -> bool:
        """Whether a candidate, or their end, may be told at once: what they belong to is described."""
        return super().localDescription is not None

    def _tell_candidate(
        self, ice: aiortc.RTCIceTransport, found: GatheredCandidate, ufrag: str
    ) -> None:
        if not self._tells_candidates():
            return  # it is told behind the description that is to come
        mid, index = self._wiring.place(ice, expand(super().localDescription.sdp, self._layout))
        candidate = RTCIceCandidate.parse(found.line, mid, index, ufrag)
        candidate.url = found.server
        self.emit("icecandidate", candidate)
