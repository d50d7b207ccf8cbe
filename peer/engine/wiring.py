"""aiortc's transports with our ICE agent under them, brought up each once whoever asks."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import aioice
import aiortc
from aiortc.rtcicetransport import candidate_to_aioice

from peer.engine import descriptions, names
from peer.engine.background import Background
from peer.engine.dtls import DtlsTransport
from peer.engine.events import IceEvent
from peer.engine.gathering import Plan
from peer.engine.generations import RestartableConnection
from peer.engine.remotecandidates import Delivery

#: An owner of a transport: a section for media, or the one for data.
Owner = aiortc.RTCRtpTransceiver | aiortc.RTCSctpTransport
#: RFC 8841 §6.1 and §5.1: what holds when a description says nothing.
_DEFAULT_MESSAGE_SIZE = 65536
_DEFAULT_SCTP_PORT = 5000
#: Seconds between two looks at whether a decoder's thread has ended.
_LOOK_AGAIN = 0.002


class Wiring:
    """The transports of one peer connection.

    Args:
        pc: The peer connection.
        background: Where bringing up is done.
    """

    def __init__(self, pc: aiortc.RTCPeerConnection, background: Background) -> None:
        self._pc = pc
        self._background = background
        self._spare: aiortc.RTCDtlsTransport | None = None
        self._adding: set[asyncio.Task[Any]] = set()
        self._rising: dict[aiortc.RTCDtlsTransport, asyncio.Task[None]] = {}

    @property
    def ice_transports(self) -> set[aiortc.RTCIceTransport]:
        """Every ICE transport; with everything bundled there is one at most."""
        found: set[aiortc.RTCIceTransport] = names.private(self._pc, names.PC_ICE_TRANSPORTS)
        return found

    @property
    def ice_states(self) -> list[str]:
        """The state of each ICE transport; aiortc's own knows neither restart nor disconnection.

        aiortc asks while it makes a transport, when it has its own agent yet.
        """
        agents: list[object] = [agent_of(ice) for ice in self.ice_transports]
        ours = [agent for agent in agents if isinstance(agent, RestartableConnection)]
        return [agent.state.value for agent in ours] + ["new"] * (len(agents) - len(ours))

    @property
    def dtls_transports(self) -> set[aiortc.RTCDtlsTransport]:
        """Every DTLS transport."""
        found: set[aiortc.RTCDtlsTransport] = names.private(self._pc, names.PC_DTLS_TRANSPORTS)
        return found

    @property
    def failure(self) -> str | None:
        """Why a DTLS transport has failed, or `None`."""
        found = (getattr(dtls, "failure", None) for dtls in self.dtls_transports)
        return next((words for words in found if words is not None), None)

    @property
    def owners(self) -> list[Owner]:
        """What uses a transport: the transceivers, then the data channels' SCTP."""
        sctp = [] if self._pc.sctp is None else [self._pc.sctp]
        return [*self._pc.getTransceivers(), *sctp]

    def owner(self, mid: str) -> Owner | None:
        """The owner of a section."""
        return next((owner for owner in self.owners if owner.mid == mid), None)

    def fit(
        self,
        dtls: aiortc.RTCDtlsTransport,
        plan: Plan,
        on_event: Callable[[aiortc.RTCIceTransport, IceEvent], None],
    ) -> None:
        """Put our ICE connection under a transport that aiortc has just made."""
        DtlsTransport.adopt(dtls)
        ice = dtls.transport
        connection = RestartableConnection(plan, lambda event: on_event(ice, event))
        for owner in (ice, ice.iceGatherer):
            setattr(owner, names.ICE_CONNECTION, connection)
        setattr(ice, names.ICE_RECV, connection.recv)
        setattr(ice, names.ICE_SEND, connection.send)

    def agent(self, mid: str) -> RestartableConnection | None:
        """The ICE connection of a section, also of one that is refused while its bundle is not."""
        owner = self.owner(mid)
        if owner is not None:
            return agent_of(dtls_of(owner).transport)
        ices = list(self.ice_transports)
        return agent_of(ices[0]) if len(ices) == 1 else None

    def forget(self, owners: list[Owner]) -> None:
        """Take owners out, as if they had never been; a transport nobody uses then is kept."""
        for owner in owners:
            dtls = dtls_of(owner)
            if isinstance(owner, aiortc.RTCSctpTransport):
                setattr(self._pc, names.PC_SCTP, None)
            else:
                names.private(self._pc, names.PC_TRANSCEIVERS).remove(owner)
            self._rising.pop(dtls, None)
            if all(dtls_of(other) is not dtls for other in self.owners):
                self.keep(dtls)

    def keep(self, dtls: aiortc.RTCDtlsTransport) -> None:
        """Keep a transport for its next owner, or its first, as if it were new."""
        self._spare = dtls
        setattr(dtls, names.DTLS_ROLE, "auto")
        setattr(dtls.transport, names.ICE_ROLE_SET, False)
        agent_of(dtls.transport).ice_controlling = False

    def take_spare(self) -> aiortc.RTCDtlsTransport | None:
        """A transport that has lost its owner, and can serve the next."""
        spare, self._spare = self._spare, None
        return spare

    @contextlib.contextmanager
    def arranged(self, bundle: tuple[str, ...], rtc: aiortc.RTCConfiguration) -> Iterator[None]:
        """Let aiortc find the right places while it takes in a description.

        What a bundle brings shares one transport from the start. A transceiver with the section's
        mid comes before one without any, which aiortc would take if it stood earlier.
        """
        transceivers = names.private(self._pc, names.PC_TRANSCEIVERS)
        order = list(transceivers)
        transceivers.sort(key=lambda transceiver: transceiver.mid is None)
        policy = rtc.bundlePolicy
        if bundle:
            rtc.bundlePolicy = aiortc.RTCBundlePolicy.MAX_BUNDLE
            primary = self.owner(bundle[0])
            self.share(None if primary is None else dtls_of(primary))
        try:
            yield
        finally:
            rtc.bundlePolicy = policy
            transceivers[:] = order + [one for one in transceivers if one not in order]

    @contextlib.contextmanager
    def only_placed(self) -> Iterator[None]:
        """Let aiortc answer without the transceivers that the offer has no section for.

        It would combine their directions with those of sections that they do not have.
        """
        transceivers = names.private(self._pc, names.PC_TRANSCEIVERS)
        order = list(transceivers)
        transceivers[:] = [one for one in transceivers if one.mid is not None]
        try:
            yield
        finally:
            transceivers[:] = order

    def share(self, primary: aiortc.RTCDtlsTransport | None) -> None:
        """Tell aiortc who uses the bundle's transport already, and needs no other.

        It marks only the later of two that share one, and would close what the earlier one uses.

        Args:
            primary: The transport of the bundle; `None` means that of whoever shares one.
        """
        used = [dtls_of(owner) for owner in self.owners]
        for owner, dtls in zip(self.owners, used, strict=True):
            shares = used.count(dtls) > 1 if primary is None else dtls is primary
            setattr(owner, names.BUNDLED, shares)

    def place(self, ice: aiortc.RTCIceTransport, local: str) -> tuple[str, int]:
        """The mid and index of the first section of the local description over a transport."""
        mine = {owner.mid for owner in self.owners if dtls_of(owner).transport is ice}
        return next(
            ((mid, index) for index, mid in enumerate(descriptions.mids(local)) if mid in mine),
            ("", 0),
        )

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Hand candidates to the ICE agents; resolving a name takes a second, only the end waits."""
        described = names.private(self._pc, names.PC_REMOTE_DESCRIPTION)()
        for section, candidate in deliveries:
            agent = self.agent(section.mid)
            found = [one for one in described.media if one.rtp.muxId == section.mid]
            if agent is None:
                continue
            media = found[0] if found else described.media[0]
            if candidate is None:
                media.ice_candidates_complete = True
                self._background.spawn(_end(agent, section.username, list(self._adding)))
            else:
                media.ice_candidates.append(candidate)
                task = self._background.spawn(
                    _add(agent, candidate_to_aioice(candidate), section.username)
                )
                self._adding.add(task)
                task.add_done_callback(self._adding.discard)

    def connect(self) -> None:
        """Bring up what has a description from both sides now, and is not up yet."""
        remote_ice = names.private(self._pc, names.PC_REMOTE_ICE)
        remote_dtls = names.private(self._pc, names.PC_REMOTE_DTLS)
        for owner in self.owners:
            if owner not in remote_ice:
                continue
            dtls = dtls_of(owner)
            if dtls not in self._rising:
                rising = _bring_up(dtls, remote_ice[owner], remote_dtls[owner])
                self._rising[dtls] = self._background.spawn(rising)
        self._background.spawn(self._run_all([one for one in self.owners if one in remote_ice]))

    async def _run_all(self, owners: list[Owner]) -> None:
        for owner in owners:
            dtls = dtls_of(owner)
            await asyncio.wait([self._rising[dtls]])
            if dtls.state == "connected":
                await self._run(owner)

    async def _run(self, owner: Owner) -> None:
        """Let media or data flow, now that the transport is up."""
        if isinstance(owner, aiortc.RTCSctpTransport):
            capabilities = names.private(self._pc, names.PC_SCTP_REMOTE_CAPS)
            port = names.private(self._pc, names.PC_SCTP_REMOTE_PORT)
            default = aiortc.RTCSctpCapabilities(_DEFAULT_MESSAGE_SIZE)
            await owner.start(capabilities or default, port or _DEFAULT_SCTP_PORT)
            return
        direction = owner.currentDirection
        if direction in {"sendonly", "sendrecv"}:
            await owner.sender.send(names.private(self._pc, names.PC_LOCAL_RTP)(owner))
        if direction in {"recvonly", "sendrecv"}:
            await owner.receiver.receive(names.private(self._pc, names.PC_REMOTE_RTP)(owner))


def dtls_of(owner: Owner) -> aiortc.RTCDtlsTransport:
    """The DTLS transport that an owner uses."""
    if isinstance(owner, aiortc.RTCSctpTransport):
        return owner.transport
    return owner.receiver.transport


def agent_of(ice: aiortc.RTCIceTransport) -> RestartableConnection:
    """Our ICE connection under a transport."""
    agent: RestartableConnection = names.private(ice, names.ICE_CONNECTION)
    return agent


async def end_decoding(receiver: aiortc.RTCRtpReceiver, seconds: float) -> None:
    """Let a decoder end, and wait for it no longer than that.

    aiortc joins its thread in the event loop, behind everything that is still to be decoded.
    """
    thread = names.private(receiver, names.RECEIVER_DECODER_THREAD)
    if thread is None:
        return
    queue = names.private(receiver, names.RECEIVER_DECODER_QUEUE)
    with queue.mutex:
        queue.queue.clear()
    queue.put(None)
    setattr(receiver, names.RECEIVER_DECODER_THREAD, None)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while thread.is_alive() and loop.time() < end:  # noqa: ASYNC110 - a thread sets no event
        await asyncio.sleep(_LOOK_AGAIN)


async def _add(
    agent: RestartableConnection, candidate: aioice.Candidate, ufrag: str | None
) -> None:
    """Add a remote candidate; a name that nobody resolves is left out."""
    with contextlib.suppress(OSError):  # no port for mDNS: the other candidates will have to do
        await agent.add_remote_candidate(candidate, ufrag)


async def _end(
    agent: RestartableConnection, ufrag: str | None, adding: list[asyncio.Task[Any]]
) -> None:
    """Tell an agent the end, behind what is still being added."""
    if adding:
        await asyncio.wait(adding)
    await agent.add_remote_candidate(None, ufrag)


async def _bring_up(
    dtls: aiortc.RTCDtlsTransport,
    ice_parameters: aiortc.RTCIceParameters,
    dtls_parameters: aiortc.RTCDtlsParameters,
) -> None:
    await dtls.transport.start(ice_parameters)
    if dtls.transport.state == "completed" and dtls.state == "new":
        await dtls.start(dtls_parameters)
