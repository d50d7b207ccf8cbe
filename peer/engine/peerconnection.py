"""The W3C's RTCPeerConnection on aiortc: negotiated in any order, trickled, restarted, bounded."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiortc
from aiortc.exceptions import InvalidAccessError, InvalidStateError

from peer.channel import Channel
from peer.configuration import Configuration
from peer.engine import descriptions, names
from peer.engine.icecandidate import RTCIceCandidate
from peer.engine.needed import Agreed, Medium, is_needed
from peer.engine.openpeer import OpenPeerConnection
from peer.engine.remotecandidates import RemoteCandidates
from peer.engine.rollback import Snapshot
from peer.engine.sections import Layout, contract, expand, shrink
from peer.engine.wiring import Owner, agent_of
from peer.errors import RemoteError
from peer.timeline import Step

_WITHOUT_SENDING = {"sendrecv": "recvonly", "sendonly": "inactive"}


class RTCPeerConnection(OpenPeerConnection):
    """A connection to one remote, with aiortc's interface and the rest of the W3C's.

    Events: icecandidate (an `RTCIceCandidate`, or `None` at the end), icecandidateerror (a
    `ServerFailure`), icegatheringstatechange, iceconnectionstatechange, connectionstatechange,
    signalingstatechange, negotiationneeded, selectedcandidatepairchange (a `Path`), datachannel and
    track. An exception in a handler goes to the event loop's handler and disturbs nothing.

    Who listens for `icecandidate` before `setLocalDescription` gets trickled candidates, and
    `setLocalDescription` returns at once. Who does not is served as by aiortc: it returns when
    gathering has ended, and `localDescription` has every candidate.

    Args:
        configuration: Ours, or the W3C's as aiortc has it. No server is asked but those named.
    """

    def __init__(
        self, configuration: Configuration | aiortc.RTCConfiguration | None = None
    ) -> None:
        super().__init__(configuration)
        self._operations = asyncio.Lock()
        self._remote_candidates = RemoteCandidates()
        #: The remote's description that was set last, and the one that both have agreed on.
        self._arrived: descriptions.Arrived | None = None
        self._in_force: descriptions.Arrived | None = None
        #: What a rollback goes back to, while there is an offer.
        self._agreed_layout = Layout()
        self._stable: Snapshot | None = None
        self._made_by_remote: set[Owner] = set()
        self._tell_again = False
        self._retelling = False
        self._restart_wanted = False
        #: Whether fresh credentials wait for the remote to be told, or to answer.
        self._restart_waits = False
        self._needed = False
        self._look_again = False

    # Descriptions

    async def createOffer(self, iceRestart: bool = False) -> aiortc.RTCSessionDescription:  # noqa: FBT001, FBT002 - the W3C's option
        """An offer, without candidates.

        Args:
            iceRestart: Whether it has fresh ICE credentials, as after `restartIce`.
        """
        async with self._operation():
            self._settle_restart(wanted=iceRestart or self._restart_wanted)
            before = Snapshot(self, self._wiring)
            try:
                return self._leaving(await super().createOffer())
            finally:
                before.put_back(lambda _: False)

    async def createAnswer(self) -> aiortc.RTCSessionDescription:
        """An answer to the remote's offer, without candidates."""
        async with self._operation():
            return self._leaving(await self._make_answer())

    async def setLocalDescription(
        self, sessionDescription: aiortc.RTCSessionDescription | None = None
    ) -> None:
        """Put a description into force on this side, the fitting one when none is given.

        Raises:
            InvalidStateError: It does not fit into the signaling state, or is out of date.
        """
        async with self._operation():
            await self._describe_local(sessionDescription)
        if not self.listeners("icecandidate"):
            await self._gathered.wait()

    async def setRemoteDescription(self, sessionDescription: aiortc.RTCSessionDescription) -> None:
        """Put the remote's description into force; an offer of ours that it crosses is rolled back.

        Raises:
            RemoteError: It cannot be used; the message says why, and nothing has changed.
            InvalidStateError: It does not fit into the signaling state.
        """
        async with self._operation():
            await self._describe_remote(sessionDescription)

    async def addIceCandidate(
        self, candidate: "aiortc.RTCIceCandidate | Mapping[str, Any] | None"
    ) -> None:
        """Add a remote candidate, or the end of them.

        One that comes before its description is kept until that is in force.

        Raises:
            RemoteError: It makes no sense, or is one too many.
        """
        if self._closing is None:
            taken = None if candidate is None else RTCIceCandidate.of(candidate)
            self._wiring.deliver(self._remote_candidates.take(taken))

    def restartIce(self) -> None:
        """Let the next offer restart ICE; `negotiationneeded` asks for it."""
        if super().localDescription is not None:
            self._restart_wanted = True
            self._need_negotiation()

    # Media and data

    def createDataChannel(self, label: str, *args: Any, **options: Any) -> Channel:
        """Open a data channel; options are aiortc's."""
        channel = super().createDataChannel(label, *args, **options)
        if self.sctp is not None:
            self._made_by_remote.discard(self.sctp)
        self._channels.add(channel)
        channel.once("open", lambda: self.timeline.mark(Step.CHANNEL_OPEN, time.monotonic()))
        self._need_negotiation()
        return channel

    def removeTrack(self, sender: aiortc.RTCRtpSender) -> None:
        """Send a track no longer, from the next negotiation on."""
        for transceiver in self.getTransceivers():
            if transceiver.sender is sender:
                sender.replaceTrack(None)
                direction = transceiver.direction
                transceiver.direction = _WITHOUT_SENDING.get(direction, direction)
                return
        raise InvalidAccessError("the sender is not one of this connection's")

    def gather(self) -> None:
        """Begin to gather ahead of any description; what is found is told with the first one."""
        self._tell_again = self._tell_again or self.signalingState == "stable"
        super().gather()

    # Negotiation

    async def _describe_local(self, given: aiortc.RTCSessionDescription | None) -> None:
        answers = self.signalingState == "have-remote-offer"
        kind = given.type if given is not None else ("answer" if answers else "offer")
        if kind == "rollback":
            self._roll_back()
            return
        _check_kind(kind)
        before = Snapshot(self, self._wiring)
        if given is not None:
            given = aiortc.RTCSessionDescription(shrink(given.sdp, self._layout), kind)
        try:
            if kind == "offer":
                await super().setLocalDescription(await self._current_offer(given))
            else:
                given = given or await self._make_answer()
                with self._wiring.only_placed():
                    await super().setLocalDescription(given)
        except BaseException:
            before.put_back(lambda _: False)
            raise
        self._layout = self._current_layout()
        if kind == "answer":
            self._agree()
        elif self._stable is None:
            self._stable = before
        if self._tell_again:
            self._tell_again, self._retelling = False, True
            self._background.spawn(self._retell())

    async def _make_answer(self) -> aiortc.RTCSessionDescription:
        try:
            return await super().createAnswer()
        except descriptions.REFUSALS as error:
            raise RemoteError(f"the offer cannot be answered: {error!r}") from error

    async def _current_offer(
        self, given: aiortc.RTCSessionDescription | None
    ) -> aiortc.RTCSessionDescription:
        """The offer to set; aiortc notes in `createOffer` which section is whose."""
        if given is None:
            self._settle_restart(wanted=self._restart_wanted)
        made = await super().createOffer()
        if given is not None and descriptions.outline(given.sdp) != descriptions.outline(made.sdp):
            raise InvalidStateError("the offer is out of date: create another")
        return given or made

    async def _describe_remote(self, given: aiortc.RTCSessionDescription) -> None:
        kind = given.type
        if kind == "rollback":
            self._roll_back()
            return
        try:
            _check_kind(kind)
            arrived = descriptions.read(given.sdp)
            self._check_credentials(arrived, kind)
            if kind == "offer" and self._stable is not None:
                self._roll_back()
            await self._apply(arrived, kind)
        except descriptions.REFUSALS as error:
            text = str(error) or type(error).__name__
            raise RemoteError(f"the {kind} cannot be used: {text}") from error
        if kind == "answer":
            self._agree()

    async def _apply(self, arrived: descriptions.Arrived, kind: str) -> None:
        """Let aiortc have the remote's description, or be as it was before."""
        before, owners = Snapshot(self, self._wiring), self._wiring.owners
        own = names.private(self, names.PC_LOCAL_DESCRIPTION)()
        text, layout = contract(arrived, own and str(own))
        try:
            with self._wiring.arranged(arrived.live_bundle, self._settings.rtc):
                await super().setRemoteDescription(
                    aiortc.RTCSessionDescription(sdp=text, type=kind)
                )
        except BaseException:
            before.put_back(lambda _: False)
            raise
        self._arrived = arrived
        self._remote_candidates.expect()
        self._layout = layout
        if kind == "offer":
            self._stable = before
            self._made_by_remote = set(self._wiring.owners) - set(owners)
            self._settle_restart(wanted=self._restarts(arrived))

    def _roll_back(self) -> None:
        """Go back to what was agreed (RFC 8829 §4.1.10.2), and tell candidates again later."""
        if self._stable is None:
            raise InvalidStateError(
                f'Cannot handle rollback in signaling state "{self.signalingState}"'
            )
        stable, self._stable = self._stable, None
        for owner in stable.put_back(self._is_wanted):
            self._background.spawn(owner.stop())
        self._made_by_remote.clear()
        self._remote_candidates.forget()
        self._arrived, self._layout = self._in_force, self._agreed_layout
        self._tell_again = True
        self._settle_restart(wanted=False)
        self._reach_stable()

    def _is_wanted(self, owner: Owner) -> bool:
        """Whether something made since the offer stays without it: what was made here does."""
        if isinstance(owner, aiortc.RTCRtpTransceiver) and owner.sender.track is not None:
            return True
        return owner not in self._made_by_remote

    def _agree(self) -> None:
        """Both descriptions are in force: ICE may take the remote's credentials and candidates."""
        assert self._arrived is not None
        self._stable = None
        self._made_by_remote.clear()
        unanswered = self._restart_waits and not self._restarts(self._arrived)
        if unanswered and self._in_force is not None:
            self._settle_restart(wanted=False)  # the remote cannot restart, as stock aiortc
        self._restart_waits = self._restart_wanted = False
        for section in self._arrived.sections:
            agent = self._wiring.agent(section.mid)
            if agent is None or not self._arrived.carries(section):
                continue
            assert section.username is not None
            assert section.password is not None
            agent.describe_remote(
                section.username,
                section.password,
                lite=section.lite,
                renomination="renomination" in section.options,
            )
        self._in_force, self._agreed_layout = self._arrived, self._layout
        self._stop_rejected()
        self._wiring.deliver(self._remote_candidates.describe(self._arrived))
        self._wiring.connect()
        self._reach_stable()

    def _stop_rejected(self) -> None:
        """What one side has rejected is over (RFC 8829 §5.10)."""
        for transceiver in self.getTransceivers():
            if transceiver.mid in self._layout.rejected and not transceiver.stopped:
                self._background.spawn(transceiver.stop())

    def _tells_candidates(self) -> bool:
        """Until candidates are told anew nothing overtakes them, their end least of all."""
        return super()._tells_candidates() and not self._retelling

    async def _retell(self) -> None:
        """Tell the candidates anew: the remote may have dropped them with the offer it ignored."""
        self._retelling = False
        for ice in self._wiring.ice_transports:
            ufrag = agent_of(ice).local_username
            for candidate in list(self._local_candidates.get(ufrag, ())):
                self._tell_candidate(ice, candidate, ufrag)
        if self.iceGatheringState == "complete":
            self.emit("icecandidate", None)

    def _leaving(self, description: aiortc.RTCSessionDescription) -> aiortc.RTCSessionDescription:
        """A description as the remote should see it."""
        text = expand(descriptions.leaving(description.sdp), self._current_layout())
        return aiortc.RTCSessionDescription(sdp=text, type=description.type)

    def _current_layout(self) -> Layout:
        """The layout, with what was stopped here rejected as well."""
        stopped = {one.mid for one in self.getTransceivers() if one.stopped and one.mid is not None}
        return dataclasses.replace(self._layout, rejected=self._layout.rejected | stopped)

    # Restarts

    def _restarts(self, arrived: descriptions.Arrived) -> bool:
        """Whether a description has other ICE credentials than those in force (RFC 8839 §4.4.3)."""
        return self._in_force is not None and arrived.restarts(self._in_force)

    def _check_credentials(self, arrived: descriptions.Arrived, kind: str) -> None:
        if kind == "answer" and self._restarts(arrived) and not self._restart_waits:
            raise ValueError("it has other ICE credentials, although the offer restarts nothing")

    def _settle_restart(self, *, wanted: bool) -> None:
        """Let fresh credentials wait, or none."""
        if wanted and not self._restart_waits:
            for ice in self._wiring.ice_transports:
                agent_of(ice).begin_restart()
        elif not wanted and self._restart_waits:
            for ice in self._wiring.ice_transports:
                agent_of(ice).abandon_restart()
        self._restart_waits = wanted
        names.private(self, names.PC_UPDATE_GATHERING_STATE)()

    # Whether negotiation is needed (WebRTC §4.7.3)

    def _reach_stable(self) -> None:
        self._needed = False
        self._need_negotiation()

    def _need_negotiation(self) -> None:
        """Look later whether negotiation is needed, once whatever goes on has ended."""
        self._look_again = True
        with contextlib.suppress(RuntimeError):  # before the loop runs, the first operation looks
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        busy = self._operations.locked() or self.signalingState != "stable"
        if busy or not self._look_again or self._closing is not None:
            return
        self._look_again = False
        needed = self._is_needed()
        asks, self._needed = needed and not self._needed, needed
        if asks:
            self.emit("negotiationneeded")

    def _is_needed(self) -> bool:
        local = names.private(self, names.PC_LOCAL_DESCRIPTION)()
        remote = names.private(self, names.PC_REMOTE_DESCRIPTION)()
        both = (
            [] if local is None or remote is None else zip(local.media, remote.media, strict=False)
        )
        agreed = [
            Agreed(one.rtp.muxId, one.direction or "inactive", other.direction or "inactive")
            for one, other in both
        ]
        return is_needed(
            [Medium(t.mid, t.direction, t.stopped) for t in self.getTransceivers()],
            agreed,
            offered_here=local is not None and local.type == "offer",
            data_wanted=self.sctp is not None,
            data_agreed=self.sctp is not None and self.sctp.mid is not None,
            restart_wanted=self._restart_wanted,
        )

    @contextlib.asynccontextmanager
    async def _operation(self) -> AsyncIterator[None]:
        """One after the other, in the order in which they were called (WebRTC §4.4.1.2)."""
        async with self._operations:
            if self._closing is not None:
                raise InvalidStateError("RTCPeerConnection is closed")
            yield
        if self._look_again:
            self._need_negotiation()


def _check_kind(kind: str) -> None:
    if kind not in {"offer", "answer"}:
        raise InvalidAccessError(f"a {kind} is not supported; offer, answer and rollback are")
