"""What goes on in one session: the room and the peer connection report, the dialogue talks.

It restarts ICE by itself when the path or the network changes, lives through the loss of signaling,
and knows whether the other side left or the network went. An application sees it as a `Session`.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import aiortc

import signaling
from peer import signals
from peer.adoption import adopt
from peer.channel import Channel
from peer.configuration import Configuration
from peer.dialogue import Dialogue, Send
from peer.engine import RTCPeerConnection
from peer.errors import RemoteError, SessionFailedError
from peer.happenings import (
    ChannelCame,
    End,
    EndKind,
    PathChanged,
    ProblemTold,
    Restarted,
    SignalingChanged,
    TrackCame,
)
from peer.lifecycle import Lifecycle
from peer.record import Record
from peer.restarts import Reason
from peer.states import SessionEvent, SessionState
from peer.timeline import Step
from peer.upkeep import Upkeep

logger = logging.getLogger(__name__)

LABEL = "hairpin"


class Call:
    """One connection to one other member, from within.

    Args:
        configuration: Policy, addresses and deadlines.
        servers: Gives the configuration with the servers to ask at the moment.
        farewell: Done when the call is closed, beside the closing of its connection.
        on_interruption: Called when the path is lost.
    """

    def __init__(
        self,
        configuration: Configuration,
        servers: Callable[[], Configuration],
        farewell: Callable[[], Coroutine[Any, Any, None]] | None = None,
        on_interruption: Callable[[], None] = lambda: None,
    ) -> None:
        self._configuration = configuration
        self._servers = servers
        self._farewell = farewell
        self._on_interruption = on_interruption
        self._pc: RTCPeerConnection | None = None
        self._dialogue: Dialogue | None = None
        self._upkeep: Upkeep | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent_tracks: list[aiortc.MediaStreamTrack] = []
        self._asked: Reason | None = None
        self._reachable = False
        self.life = Lifecycle()
        self.record = Record()
        #: The other member's name, once there is one; the one it had first.
        self.remote: str | None = None
        #: What the other member said about itself when it came.
        self.remote_meta: Mapping[str, Any] = {}
        #: Whether we came later, so that the first offer is ours.
        self.offers = False

    @property
    def pc(self) -> RTCPeerConnection:
        """The peer connection.

        Raises:
            SessionFailedError: There is nobody yet to be connected with.
        """
        if self._pc is None:
            raise SessionFailedError("nobody is there yet, so there is no peer connection")
        return self._pc

    @property
    def attempt(self) -> str | None:
        """The id of the attempt that the two sides' signals bear."""
        return None if self._dialogue is None else self._dialogue.attempt

    # What the application asks

    def add_track(self, track: aiortc.MediaStreamTrack) -> None:
        """Send a track to the other side, from the beginning or from now on."""
        self._sent_tracks.append(track)
        if self._pc is not None:
            self._pc.addTrack(track)

    def restart(self, reason: Reason) -> None:
        """Restart ICE."""
        if self._dialogue is not None and not self.life.is_over:
            self._asked = reason
            self.pc.setConfiguration(self._servers())
            self._dialogue.restart()

    async def close(self) -> None:
        """Say goodbye, close the connection; bounded in time."""
        if self.life.state is SessionState.CLOSED:
            return
        goodbye = not self.life.is_over
        self.record.keep()
        self.life.finish(SessionEvent.CLOSED, End(EndKind.CLOSED, "closed here"))
        if goodbye and self._dialogue is not None:
            self._dialogue.say_goodbye("closed")
        await self._let_go()

    # What its room tells it

    def prepare(self) -> None:
        """Begin to gather and to offer ahead of time: somebody may be there to be offered to."""
        self._begin(attempt=secrets.token_hex(4), polite=True)
        adopt(self.pc.createDataChannel(LABEL), self._channel_opened)

    def joined(self) -> None:
        """We are in the room."""
        self.record.mark(Step.JOINED)

    def discard(self) -> None:
        """Nobody was there: what was prepared would be stale when somebody comes."""
        pc, self._pc, self._dialogue = self._pc, None, None
        self.record.follow(None)
        for task in self._tasks:
            task.cancel()
        if pc is not None:
            self._spawn(lambda: _close_when_gathered(pc, self._configuration.gathering_deadline))

    def meet(self, remote: str, send: Send, *, newcomer: bool) -> None:
        """Somebody is there.

        Args:
            remote: Its name.
            send: Sends it a signal.
            newcomer: Whether it came after us; then it offers.
        """
        self.remote = remote
        self.offers = not newcomer
        if newcomer:
            self.record.mark(Step.STARTED)
            self._begin(attempt=None, polite=False)
            self.pc.gather()
        else:
            self.record.mark_start()
            if self._pc is None:
                self.prepare()
        assert self._dialogue is not None
        self._dialogue.attach(send)
        self._reachable = True
        self.life.met(self._configuration.meeting_deadline)

    def receive(self, signal: signaling.SignalReceived) -> None:
        """Hear from the other side."""
        if self._dialogue is None or self.life.is_over:
            return
        if signal.kind is not signaling.SignalKind.BYE:
            self._dialogue.receive(signal)
        elif signal.pc == self._dialogue.attempt:
            reason = signals.printable(signals.decode_goodbye(signal.data).reason)
            self.life.left(f"the other side ended the session: {reason or 'no reason given'}")

    def reach(self, *, reachable: bool) -> None:
        """Signals wait for the time being, at our end or at the other; or those that waited are through."""
        if self._dialogue is not None and not self.life.is_over:
            self._reach(reachable=reachable)

    def servers_renewed(self) -> None:
        """There are fresh credentials: allocations live on with theirs, later ones use these."""
        if self._pc is not None and not self.life.is_over:
            self._pc.setConfiguration(self._servers())

    def signaling_back(self) -> None:
        """Signals reach the other side again, and those that were under way may be lost."""
        if self._dialogue is None or self._upkeep is None or self.life.is_over:
            return
        self._reach(reachable=True)
        self._dialogue.reachable()
        if self._dialogue.agreed:
            self._upkeep.reason(Reason.SIGNALING)

    def signaling_over(self, reason: str) -> None:
        """Signals will not reach the other side any more; a connection that is up lives on."""
        self._reach(reachable=False)
        self.life.lost_while_connecting(reason)

    def member_left(self, reason: signaling.LeaveReason) -> None:
        """The other side is not in the room any more; where it was lost it may come back."""
        self._reach(reachable=False)
        if reason is not signaling.LeaveReason.LOST:
            self.life.lost_while_connecting("the other member left the room")

    def remote_left(self, reason: str) -> None:
        """The other side is gone, and meant to go."""
        self.life.left(reason)

    def network_changed(self) -> None:
        """This machine has other addresses than before."""
        if self._upkeep is not None:
            self._upkeep.reason(Reason.ADDRESSES)

    # What its dialogue tells it

    def described(self, *, sent: bool) -> None:
        """A description was sent, or one of the remote's is in force."""
        self.record.mark(Step.DESCRIPTION_SENT if sent else Step.DESCRIPTION_APPLIED)

    def candidate_came(self, line: str) -> None:
        """The remote has told a candidate."""
        self.record.remote_candidates.append(line)

    def problem(self, error: RemoteError, *, fatal: bool) -> None:
        """The remote said what cannot be used."""
        self.life.tell(ProblemTold(str(error)))
        if fatal and self.life.state is SessionState.CONNECTING:
            self.life.fail(End(EndKind.FAILED, str(error)))

    def restarting(self) -> None:
        """ICE is being restarted, by either side."""
        assert self._upkeep is not None
        asked, self._asked = self._asked, None
        self._upkeep.begun()
        self.life.tell(Restarted(asked))

    # What the peer connection reports

    def _begin(self, *, attempt: str | None, polite: bool) -> None:
        pc = self._pc = RTCPeerConnection(self._servers())
        self.record.follow(pc)
        self._dialogue = Dialogue(pc, self, attempt=attempt, polite=polite)
        upkeep = Upkeep(self._configuration, self.restart, self._give_up, polite=polite)
        self._upkeep = upkeep
        self.life.ended.add_done_callback(lambda _: upkeep.stop())
        pc.on("connectionstatechange", lambda: self._connection_changed(pc))
        pc.on("selectedcandidatepairchange", lambda path: self.life.tell(PathChanged(path)))
        pc.on("datachannel", lambda channel: adopt(channel, self._channel_opened))
        pc.on("track", self._track_came)
        pc.on("relaylost", lambda _: upkeep.reason(Reason.RELAY))
        for track in self._sent_tracks:
            pc.addTrack(track)
        self._spawn(self._dialogue.run)

    def _connection_changed(self, pc: RTCPeerConnection) -> None:
        if pc is not self._pc or self._upkeep is None:
            return  # it was prepared for nobody
        match pc.connectionState:
            case "connected":
                self._upkeep.restored()
                if self.life.state is SessionState.CONNECTING and pc.sctp is None:
                    self.life.open(None)
                if self.life.state is SessionState.RECONNECTING:
                    self.life.move(SessionEvent.RESTORED)
            case "disconnected" if self.life.state is SessionState.CONNECTED:
                self._interrupted(self._upkeep)
            case "failed":
                self._connection_failed()
            case "closed":
                self.life.left("the other side closed the connection")

    def _connection_failed(self) -> None:
        """ICE has found nothing, or lost it all; or DTLS has met somebody else."""
        assert self._pc is not None
        assert self._upkeep is not None
        if self._pc.iceConnectionState != "failed":
            reason = "DTLS failed: the other side is not who its description says, or is silent"
            self.life.fail(End(EndKind.FAILED, reason))
        elif self.life.state is SessionState.CONNECTING:
            if self._reachable:
                self.life.fail(End(EndKind.FAILED, self.record.no_path()))
        elif not self._configuration.restart_automatically:
            self._give_up()
        elif self.life.state is SessionState.CONNECTED:
            self._interrupted(self._upkeep)

    def _interrupted(self, upkeep: Upkeep) -> None:
        self.life.move(SessionEvent.INTERRUPTED)
        self._on_interruption()
        upkeep.lost()

    def _channel_opened(self, channel: Channel) -> None:
        if self.life.opened.done() or self.life.state is not SessionState.CONNECTING:
            self.life.tell(ChannelCame(channel))
            self.life.channels.put(channel)
            return
        self.record.mark(Step.CHANNEL_OPEN)
        self.life.open(channel)

    def _track_came(self, track: aiortc.MediaStreamTrack) -> None:
        self.life.tell(TrackCame(track))
        self.life.tracks.put(track)

    # Within

    def _reach(self, *, reachable: bool) -> None:
        if self._upkeep is not None and reachable is not self._reachable:
            self._reachable = reachable
            self._upkeep.reachable(reachable=reachable)
            self.record.note(
                "signaling reaches the other side again" if reachable else "signaling lost"
            )
            self.life.tell(SignalingChanged(reachable))

    def _give_up(self) -> None:
        self.life.fail(End(EndKind.LOST, "the connection broke: the other side no longer answers"))

    async def _let_go(self) -> None:
        """Close what is open, all at the same time."""
        for task in self._tasks:
            task.cancel()
        async with asyncio.TaskGroup() as group:
            if self._farewell is not None:
                group.create_task(self._farewell())
            if self._pc is not None:
                group.create_task(self._pc.close())
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.create_task(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guard(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Nothing that goes wrong in the background is lost: it ends the session."""
        try:
            await work()
        except Exception as error:
            logger.exception("session with %r failed", self.remote)
            self.life.fail(End(EndKind.FAILED, f"internal error: {error!r}"))


async def _close_when_gathered(pc: RTCPeerConnection, deadline: float) -> None:
    """Close, and give back what relays are about to grant: broken off they would not know."""
    gathered = asyncio.Event()
    pc.on("icecandidate", lambda candidate: None if candidate else gathered.set())
    try:
        if pc.iceGatheringState == "gathering":
            async with asyncio.timeout(deadline):
                await gathered.wait()
    except TimeoutError:
        logger.debug("gathering goes on; it is broken off")
    finally:
        await pc.close()
