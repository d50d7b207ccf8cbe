"""What two peer connections say to each other through signaling: the shell of `peer.negotiation`.

One thing is done after the other, in the order in which it came. What this side has to say is kept
until there is somebody to say it to, and said again when signaling had gone and is back.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import aiortc
from aiortc.exceptions import InvalidAccessError, InvalidStateError

import signaling
from peer import negotiation, signals
from peer.engine import RTCIceCandidate, RTCPeerConnection
from peer.errors import RemoteError
from peer.negotiation import Negotiation

logger = logging.getLogger(__name__)

#: Signals of one remote that wait to be taken in; whoever floods is told once and not heard.
MAX_INBOX = 256
#: Answers to signals of no use; whoever sends more of them is answered no longer.
MAX_COMPLAINTS = 32

KINDS = signaling.SignalKind
_TRICKLED = ("a=candidate:", "a=end-of-candidates")
#: What aiortc raises for what does not fit into the state that it is in.
_OURS = (InvalidStateError, InvalidAccessError, ValueError)


class Report(Protocol):
    """What a dialogue tells its session."""

    def described(self, *, sent: bool) -> None:
        """A description was sent, or one of the remote's is in force."""

    def candidate_came(self, line: str) -> None:
        """The remote has told a candidate."""

    def problem(self, error: RemoteError, *, fatal: bool) -> None:
        """The remote said what cannot be used; fatal when no connection can come of it."""

    def restarting(self) -> None:
        """ICE is being restarted, by either side."""


Send = Callable[[signaling.SignalKind, object, str | None], object]


@dataclass(frozen=True, slots=True)
class _Came:
    """A signal of the remote's."""

    kind: signaling.SignalKind
    data: object
    attempt: str | None


class Dialogue:
    """One side of the talk with one remote.

    Args:
        pc: The peer connection; this listens to its `negotiationneeded` and `icecandidate`.
        report: Is told what comes of it.
        attempt: The id of this attempt to connect, or `None` where the remote names it.
        polite: Whether this side is the polite one.
    """

    def __init__(
        self, pc: RTCPeerConnection, report: Report, *, attempt: str | None, polite: bool
    ) -> None:
        self._pc = pc
        self._report = report
        self.attempt = attempt
        self._state = Negotiation(polite)
        self._send: Send | None = None
        self._unsent: list[tuple[signaling.SignalKind, object]] = []
        self._inbox: asyncio.Queue[negotiation.Event | _Came] = asyncio.Queue()
        self._flooded = False
        self._complaints = 0
        self._agreed = False
        self._offer = signals.Description()
        self._answer = signals.Description()
        #: Candidates follow the description that they belong to, so they wait while one is made.
        self._describing = True
        self._waiting: list[list[dict[str, Any]]] = []
        self._fragment: str | None = None
        self._candidates: list[dict[str, Any]] = []
        self._gathered = False
        pc.on("negotiationneeded", lambda: self._happened(negotiation.Needed()))
        pc.on("icecandidate", self._candidate)

    @property
    def agreed(self) -> bool:
        """Whether an offer was answered, by either side."""
        return self._agreed

    async def run(self) -> None:
        """Take in what comes, for ever."""
        while True:
            item = await self._inbox.get()
            if isinstance(item, _Came):
                await self._take(item)
            else:
                await self._step(item)

    def attach(self, send: Send) -> None:
        """There is somebody to talk to: what was kept for it is sent."""
        self._send = send
        unsent, self._unsent = self._unsent, []
        for kind, data in unsent:
            self._say(kind, data)

    def reachable(self) -> None:
        """Signaling has come back: what was under way may be lost, and is said again."""
        self._happened(negotiation.Reachable())

    def restart(self) -> None:
        """Restart ICE."""
        self._happened(negotiation.RestartWanted())

    def receive(self, signal: signaling.SignalReceived) -> None:
        """Take in a signal of the remote's; the reason is told when it is one too many."""
        if self._inbox.qsize() < MAX_INBOX:
            self._inbox.put_nowait(_Came(signal.kind, signal.data, signal.pc))
        elif not self._flooded:
            self._flooded = True
            error = RemoteError(f"more than {MAX_INBOX} signals came at once; some are lost")
            self._report.problem(error, fatal=False)

    def say_goodbye(self, reason: str) -> None:
        """Tell the remote that this is the end."""
        if self._send is not None and self.attempt is not None:
            self._say(KINDS.BYE, signals.Goodbye(reason))

    # What comes

    def _happened(self, event: negotiation.Event) -> None:
        if self.attempt is None:
            return  # the newcomer offers first; what its offer leaves open, `pc` asks for after it
        if self._inbox.qsize() < 2 * MAX_INBOX:
            self._inbox.put_nowait(event)

    async def _take(self, came: _Came) -> None:
        try:
            await self._understand(came)
        except RemoteError as error:
            logger.warning("%s of the remote's cannot be used: %s", came.kind.value, error)
            self._complain(came, error)
            described = came.kind in {KINDS.OFFER, KINDS.ANSWER}
            fatal = described and not self._agreed and self._state.settled
            self._report.problem(error, fatal=fatal and came.attempt == self.attempt)

    async def _understand(self, came: _Came) -> None:
        if came.kind is KINDS.OFFER and self.attempt is None:
            if came.attempt is None:
                raise RemoteError("an offer needs the id of its attempt, pc")
            self.attempt = came.attempt
        if came.attempt != self.attempt:
            if came.kind is KINDS.OFFER:
                raise RemoteError("this session already has an offer of another attempt")
            return  # late, from an attempt that is over
        match came.kind:
            case KINDS.OFFER | KINDS.ANSWER:
                await self._take_description(came.kind, signals.decode_description(came.data))
            case KINDS.CANDIDATES:
                await self._take_candidates(signals.decode_candidates(came.data))
            case KINDS.CUSTOM:
                await self._take_complaint(signals.decode_complaint(came.data))

    async def _take_description(
        self, kind: signaling.SignalKind, came: signals.Description
    ) -> None:
        if came.type == "rollback":
            await self._step(negotiation.RollbackReceived())
        elif kind is KINDS.OFFER:
            restarts = self._restarts(came.sdp)
            await self._step(negotiation.OfferReceived(came.number, restarts), came.sdp)
        else:
            await self._step(negotiation.AnswerReceived(came.number), came.sdp)

    async def _take_candidates(self, candidates: list[signals.CandidateInit]) -> None:
        if not candidates:
            await self._pc.addIceCandidate(None)
        refused = None
        for init in candidates:
            try:
                await self._pc.addIceCandidate(signals.encode(init))
                self._report.candidate_came(init.candidate)
            except RemoteError as error:
                refused = error  # the ones behind it may be good
        if refused is not None and not self._state.ignoring:
            raise refused

    async def _take_complaint(self, complaint: signals.Complaint | None) -> None:
        if complaint is None:
            return
        error = RemoteError(f"the other side refused our {complaint}")
        if complaint.name == "bad_offer":
            await self._step(negotiation.Complained(complaint.number))
        fatal = complaint.name in {"bad_offer", "bad_answer"} and not self._agreed
        self._report.problem(error, fatal=fatal)

    def _complain(self, came: _Came, error: RemoteError) -> None:
        if self._complaints < MAX_COMPLAINTS and self._send is not None:
            self._complaints += 1
            number = came.data.get("number") if isinstance(came.data, dict) else None
            complaint = signals.Complaint(
                f"bad_{came.kind.value}",
                str(error),
                number if isinstance(number, str) and len(number) < 16 else None,
            )
            self._send(KINDS.CUSTOM, signals.Custom(complaint), came.attempt)

    # What is to be done

    async def _step(self, event: negotiation.Event, sdp: str = "") -> None:
        """Take a step and do what it asks for.

        Raises:
            RemoteError: What the remote said cannot be used.
        """
        self._state, actions = self._state.step(event)
        for action in actions:
            try:
                done = await self._perform(action, sdp)
            except RemoteError:
                await self._step(negotiation.Failed())
                raise
            if done is not None:
                await self._step(done)

    async def _perform(self, action: negotiation.Action, sdp: str) -> negotiation.Event | None:
        match action:
            case negotiation.MakeOffer(number, restart):
                return await self._make_offer(number, restart=restart)
            case negotiation.Accept(number, roll_back):
                return await self._accept(number, sdp, roll_back=roll_back)
            case negotiation.Apply():
                await self._describe_remote("answer", sdp)
                self._agreed = True
                return negotiation.Done()
            case negotiation.RollBack():
                await self._roll_back()
            case negotiation.SendAgain():
                self._say(KINDS.OFFER, self._offer)
                self._say_candidates_again()
            case negotiation.AnswerAgain():
                self._say(KINDS.ANSWER, self._answer)
                self._say_candidates_again()
            case negotiation.Ignore() | negotiation.Stale():
                logger.info("in the negotiation: %s", action)
        return None

    async def _make_offer(self, number: str, *, restart: bool) -> negotiation.Event:
        self._describing = True
        try:
            await self._pc.setLocalDescription(await self._pc.createOffer(iceRestart=restart))
        except _OURS as error:
            logger.warning("no offer can be made: %s", error)
            return negotiation.Failed()
        self._offer = self._local("offer", number)
        self._describe(KINDS.OFFER, self._offer)
        if restart:
            self._report.restarting()
        return negotiation.Done()

    async def _accept(self, number: str | None, sdp: str, *, roll_back: bool) -> negotiation.Event:
        restarts = self._restarts(sdp)
        if roll_back:
            await self._roll_back()
        await self._describe_remote("offer", sdp)
        self._describing = True
        try:
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except _OURS as error:
            await self._roll_back()
            raise RemoteError(f"the offer cannot be answered: {error}") from error
        self._answer = self._local("answer", number)
        self._agreed = True
        self._describe(KINDS.ANSWER, self._answer)
        if restarts:
            self._report.restarting()
        return negotiation.Done()

    async def _describe_remote(self, kind: str, sdp: str) -> None:
        try:
            await self._pc.setRemoteDescription(aiortc.RTCSessionDescription(sdp=sdp, type=kind))
        except _OURS as error:
            raise RemoteError(f"the {kind} cannot be used: {error}") from error
        self._report.described(sent=False)

    async def _roll_back(self) -> None:
        """Back to stable."""
        description = aiortc.RTCSessionDescription(sdp="", type="rollback")
        if self._pc.signalingState == "have-local-offer":
            await self._pc.setLocalDescription(description)
        elif self._pc.signalingState == "have-remote-offer":
            await self._pc.setRemoteDescription(description)

    def _restarts(self, sdp: str) -> bool:
        """Whether an offer has other ICE credentials than the remote's description in force."""
        before = self._pc.remoteDescription
        return bool(before) and _fragment(before.sdp) != _fragment(sdp)

    def _local(self, kind: str, number: str | None) -> signals.Description:
        """The local description, without candidates: they are trickled."""
        lines = self._pc.localDescription.sdp.splitlines()
        kept = [line for line in lines if not line.startswith(_TRICKLED)]
        return signals.Description("\r\n".join([*kept, ""]), kind, number)

    # What is said

    def _describe(self, kind: signaling.SignalKind, description: signals.Description) -> None:
        self._say(kind, description)
        self._describing = False
        waiting, self._waiting = self._waiting, []
        for data in waiting:
            self._say(KINDS.CANDIDATES, data)
        self._report.described(sent=True)

    def _candidate(self, candidate: RTCIceCandidate | None) -> None:
        """A local candidate was gathered, or the last one was."""
        if candidate is None:
            self._gathered = True
            self._say_candidates([])
            return
        if candidate.usernameFragment != self._fragment:
            self._fragment = candidate.usernameFragment
            self._candidates, self._gathered = [], False
        told = candidate.toJSON()
        self._candidates.append(told)
        self._say_candidates([told])

    def _say_candidates(self, candidates: list[dict[str, Any]]) -> None:
        if self._describing:
            self._waiting.append(candidates)
        else:
            self._say(KINDS.CANDIDATES, candidates)

    def _say_candidates_again(self) -> None:
        for start in range(0, len(self._candidates), signals.MAX_CANDIDATES):
            self._say(KINDS.CANDIDATES, self._candidates[start : start + signals.MAX_CANDIDATES])
        if self._gathered:
            self._say(KINDS.CANDIDATES, [])

    def _say(self, kind: signaling.SignalKind, data: object) -> None:
        if self._send is None:
            self._unsent.append((kind, data))
        else:
            self._send(kind, data, self.attempt)


def _fragment(sdp: str) -> str:
    """The first ICE user name fragment of a description."""
    lines = (line.strip() for line in sdp.splitlines())
    return next((line for line in lines if line.startswith("a=ice-ufrag:")), "")
