"""aiortc's peer connection with its ICE agents replaced by ones that trickle.

`setLocalDescription` no longer waits for gathering, and the checks start as soon as there is a
remote description and a first local candidate, whichever comes last.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import aiortc
from aiortc.rtcicetransport import RTCIceGatherer

from peer.candidates import GatheredCandidate, ServerFailure
from peer.engine import names
from peer.engine.channelconnection import ChannelConnection
from peer.engine.events import CandidateFound, IceEvent, IceStateChanged, ServerFailed
from peer.engine.gathering import Plan
from peer.engine.generations import RestartableConnection
from peer.report import IceState

logger = logging.getLogger(__name__)


class TricklePeerConnection(ChannelConnection):
    """A peer connection that tells its candidates as they come.

    Args:
        plan: What to gather from.
        policy: aiortc's transport policy.
        on_found: Called with each candidate and each failed server, with the media section's id
            and index.
        on_gathered: Called once no further candidate will come.
    """

    def __init__(
        self,
        plan: Plan,
        policy: aiortc.RTCIceTransportPolicy,
        on_found: Callable[[GatheredCandidate | ServerFailure], None],
        on_gathered: Callable[[], None],
    ) -> None:
        self._plan = plan
        self._on_found = on_found
        self._on_gathered = on_gathered
        self._tasks: set[asyncio.Task[None]] = set()
        self._gathering = False
        # No servers for aiortc itself: it would ask a public one by default.
        super().__init__(
            aiortc.RTCConfiguration(
                iceServers=[],
                iceTransportPolicy=policy,
                bundlePolicy=aiortc.RTCBundlePolicy.MAX_BUNDLE,
            )
        )

    @property
    def ice_transports(self) -> set[aiortc.RTCIceTransport]:
        """Every ICE transport; with everything bundled there is one."""
        transports: set[aiortc.RTCIceTransport] = names.private(self, names.PC_ICE_TRANSPORTS)
        return transports

    @property
    def connections(self) -> list[RestartableConnection]:
        """The ICE connections under the ICE transports."""
        return [names.private(transport, names.ICE_CONNECTION) for transport in self.ice_transports]

    def add_candidate(self, candidate: aiortc.RTCIceCandidate | None) -> None:
        """Add a remote candidate, or the end of them, behind those added before.

        An mDNS name takes up to a second to resolve; what follows it does not wait.
        """
        self._spawn(self._add_candidate(candidate))

    async def _add_candidate(self, candidate: aiortc.RTCIceCandidate | None) -> None:
        try:
            await self.addIceCandidate(candidate)
        except OSError as error:  # no port for mDNS: the other candidates will have to do
            logger.info("candidate %s left out: %s", candidate, error)

    async def close(self) -> None:
        """Close everything."""
        await super().close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _RTCPeerConnection__gather(self) -> None:  # noqa: N802 - aiortc's own (mangled) name
        """Begin to gather, and do not wait: candidates are trickled."""
        if not self._gathering:
            self._gathering = True
            self._spawn(self._gather_all())

    def _RTCPeerConnection__createDtlsTransport(self) -> Any:  # noqa: N802 - aiortc's own (mangled) name
        """Let aiortc build its transports, then put our ICE agent under them."""
        dtls = names.private(super(), names.PC_CREATE_DTLS_TRANSPORT)()
        ice = dtls.transport
        connection = RestartableConnection(self._plan, lambda event: self._ice_event(ice, event))
        _swap(ice, ice.iceGatherer, connection)
        return dtls

    async def _gather_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for transport in self.ice_transports:
                group.create_task(transport.iceGatherer.gather())
        self._on_gathered()

    def _ice_event(self, ice: Any, event: IceEvent) -> None:
        match event:
            case CandidateFound(candidate):
                self._on_found(candidate)
                # aiortc skips a transport without a local candidate and does not come back to it.
                self._spawn(names.private(self, names.PC_CONNECT)())
            case ServerFailed(failure):
                self._on_found(failure)
            case IceStateChanged(IceState.FAILED):
                names.private(ice, names.ICE_SET_STATE)("failed")
            case IceStateChanged(IceState.CONNECTED) if ice.state == "failed":
                names.private(ice, names.ICE_SET_STATE)("completed")
            case _:
                pass

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a peer connection's background work failed", "exception": error}
            )


def _swap(ice: Any, gatherer: RTCIceGatherer, connection: RestartableConnection) -> None:
    """Put an ICE agent that has no socket yet in the place of another."""
    for owner in (ice, gatherer):
        setattr(owner, names.ICE_CONNECTION, connection)
    setattr(ice, names.ICE_RECV, connection.recv)
    setattr(ice, names.ICE_SEND, connection.send)
