"""The core: sessions, rooms and the rules between them, without sockets, clocks or logs.

Rule 1. The first message is `hello`; whatever else comes before the welcome ends the connection.
Rule 2. After the welcome a bad message is answered with an error and nothing else happens, unless
it is too big or there are too many of them.
Rule 3. A session reaches only members of rooms that it is in itself.
Rule 4. What one session sends another arrives once and in the order in which it was sent, or the
receiver is told to start again; nobody ever waits for a slow one.
Rule 5. A session outlives its connection for a while, if its client said that it can come back.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from signaling import reports
from signaling.codes import CloseCode, ErrorCode
from signaling.counters import Counters
from signaling.gate import Admitted, Authenticated, Barred, GateReport, Unauthenticated
from signaling.hub.greeting import Greeting
from signaling.hub.ice import IceRenewal
from signaling.hub.identity import Identities
from signaling.hub.inbox import Inbox
from signaling.hub.losses import Losses
from signaling.hub.matched import Matched
from signaling.hub.matching import Matching
from signaling.hub.moves import Moves
from signaling.hub.news import RoomNews
from signaling.hub.operating import Operating
from signaling.hub.resuming import Resuming
from signaling.hub.rooms import RoomRequests
from signaling.hub.routes import Routes
from signaling.hub.signals import Signals
from signaling.hub.state import HubState, IceFor
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger import dealings
from signaling.messages import (
    Forwarded,
    LeaveReason,
    UndeliveredReason,
)
from signaling.outputs import Output
from signaling.rate import TokenBucket
from signaling.roomtokens import WriteToken
from signaling.sessions import Connection, Session
from signaling.settings import Settings
from signaling.timers import Deadline
from signaling.wire import Refusal, decode_from_client, decode_from_server, size_of

_FOR_GOOD = frozenset({CloseCode.NORMAL, CloseCode.GOING_AWAY})
"""With these a client says that it will not come back to its session."""


class Hub:
    """All sessions of one node, and the rooms they are in.

    Every connection has a name (`cid`) that no other connection of any node ever has.

    Args:
        settings: Limits and times. Without `resume_key` no session outlives its connection.
        ice: Lists the ICE servers for a session id and a region, with fresh credentials.
        queues: What the desk holds; without any, nobody can wait for a match.
        room_token: Writes the room tokens of players.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        ice: IceFor,
        queues: Sequence[Queue] = (),
        room_token: WriteToken = lambda _grant: None,
    ) -> None:
        state = self._state = HubState(settings, ice)
        routes = self._routes = Routes(state)
        news = self._news = RoomNews(state, routes)
        renewal = self._renewal = IceRenewal(state)
        identities = self._identities = Identities(state)
        greeting = self._greeting = Greeting(state, identities, renewal)
        rooms = self._rooms = RoomRequests(state, news)
        signals = self._signals = Signals(state, routes)
        moves = self._moves = Moves(state, greeting, identities, news, routes, rooms)
        resuming = Resuming(state, greeting, moves)
        matching = self.matching = Matching(state, queues)
        self._matched = Matched(state, matching, renewal, room_token)
        self._inbox = Inbox(
            state, greeting, resuming, identities, renewal, rooms, signals, matching
        )
        self.operating = Operating(state)
        self._hear: Final[dict[type[reports.Report], Callable[[Any], None]]] = {
            reports.Entered: self._hear_entered,
            reports.Turned: self._hear_turned,
            reports.Arrived: news.hear_arrived,
            reports.Departed: self._hear_departed,
            reports.Revised: news.hear_revised,
            reports.Marked: news.hear_marked,
            reports.Promoted: news.hear_promoted,
            reports.LockSet: news.hear_lock_set,
            reports.Moved: self._hear_moved,
            reports.Resynced: moves.hear_resynced,
            reports.Missed: Losses(state).hear_missed,
            reports.Relayed: signals.hear_relayed,
            reports.Claimed: moves.hear_claimed,
            reports.HandedOver: moves.hear_handed_over,
            reports.Fenced: routes.hear_fenced,
            reports.FencePassed: routes.hear_fence_passed,
            reports.Came: routes.hear_came,
            reports.Died: routes.hear_died,
            reports.Reach: self._hear_reach,
        }

    # --- what comes in ------------------------------------------------------------------------

    def receive_connection(self, cid: str, address: str, now: float) -> list[Output]:
        """Begin a connection; its `hello` must come within `hello_timeout`."""
        state = self._state
        state.now = now
        assert cid not in state.connections
        bucket = TokenBucket(state.limits.rate, state.limits.burst, now)
        state.connections[cid] = Connection(cid, address, bucket)
        state.timers.set(Deadline.HELLO, cid, now + state.settings.hello_timeout)
        return self._take_outputs()

    def receive_frame(self, cid: str, frame: str | bytes, now: float) -> list[Output]:
        """Take one frame from a connection: `str` for text, `bytes` for binary."""
        state = self._state
        connection = state.connections.get(cid)
        if connection is None:
            return []
        state.now = now
        state.counters.frames_received += 1
        if len(frame) > state.limits.message or not (isinstance(frame, str) and frame.isascii()):
            size = size_of(frame)
            if size > state.limits.message:
                most = f"{size} bytes came, at most {state.limits.message} are taken"
                state.expel(connection, ErrorCode.TOO_BIG, most)
                return self._take_outputs()
        session = connection.session
        if session is not None and not connection.is_proven:
            connection.is_proven = True
            session.proven = session.generation
        decoded = decode_from_client(frame)
        if isinstance(decoded, Refusal):
            self._inbox.receive_refusal(connection, decoded)
        else:
            for message in decoded:
                self._inbox.receive(connection, message)
        return self._take_outputs()

    def receive_disconnect(self, cid: str, code: int, now: float) -> list[Output]:
        """Hear that a connection is gone, and with which close code."""
        state = self._state
        state.now = now
        connection = state.connections.get(cid)
        if connection is None:
            return []
        state.forget(connection)
        session = connection.session
        if session is not None and code in _FOR_GOOD:
            state.end(session, LeaveReason.LOST)
        elif session is not None:
            state.part(session, LeaveReason.LOST)
        return self._take_outputs()

    def receive_overflow(self, cid: str, frame: bytes, now: float) -> list[Output]:
        """Hear that a client does not read, so that this frame found its outbox full."""
        state = self._state
        state.now = now
        connection = state.connections.get(cid)
        if connection is None:
            return []
        state.close(connection, CloseCode.SLOW_CONSUMER, "messages are not read fast enough")
        session = connection.session
        if session is not None:
            if session.ring is None:
                self._return_to_sender(session, frame)
            state.part(session, LeaveReason.SLOW)
        return self._take_outputs()

    def receive_report(self, report: reports.Report, now: float | None = None) -> list[Output]:
        """Hear from the backplane."""
        if now is not None:
            self._state.now = now
        self._hear[type(report)](report)
        return self._take_outputs()

    def receive_gate_report(self, report: GateReport, now: float | None = None) -> list[Output]:
        """Hear from the gate."""
        if now is not None:
            self._state.now = now
        match report:
            case Admitted():
                self._rooms.hear_admitted(report)
            case Barred():
                self._rooms.hear_barred(report)
            case Authenticated() | Unauthenticated():
                self._hear_identity(report)
        return self._take_outputs()

    def receive_desk_report(
        self, report: dealings.Report, now: float | None = None
    ) -> list[Output]:
        """Hear from the desk."""
        if now is not None:
            self._state.now = now
        self._matched.hear(report)
        self._moves.hand_over_settled()
        return self._take_outputs()

    # --- what may be asked --------------------------------------------------------------------

    @property
    def counters(self) -> Counters:
        """Totals since the start."""
        return self._state.counters

    @property
    def is_draining(self) -> bool:
        """Whether the server is about to close."""
        return self._state.is_draining

    @property
    def rooms(self) -> int:
        """Rooms that a session of this node is in."""
        return len(self._state.rooms)

    @property
    def sessions(self) -> int:
        """Sessions that are here, with a connection or without."""
        return len(self._state.sessions)

    @property
    def needed_until(self) -> float:
        """When no other node needs this one any more to reach sessions that have moved from here."""
        return self._state.needed_until

    @property
    def ring_bytes(self) -> int:
        """Bytes kept for all sessions until they acknowledge them."""
        return self._state.kept

    # --- time ---------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Say when `handle_timer` wants to be called."""
        return self._state.timers.next()

    def handle_timer(self, now: float) -> list[Output]:
        """Do what is due."""
        state = self._state
        state.now = now
        while (due := state.timers.take_due(now)) is not None:
            self._handle_deadline(*due)
        return self._take_outputs()

    def _handle_deadline(self, deadline: Deadline, key: str) -> None:
        state = self._state
        match deadline:
            case Deadline.HELLO:
                late = "no hello came in time"
                state.expel(state.connections[key], ErrorCode.HELLO_TIMEOUT, late)
            case Deadline.ANSWER:
                self._handle_no_answer(state.connections[key])
            case Deadline.ADMIT:
                self._rooms.handle_no_answer(key)
            case Deadline.GRACE:
                state.counters.sessions_lost += 1
                state.end(state.sessions[key], LeaveReason.LOST)
            case Deadline.EXPIRING:
                self._identities.warn(state.sessions[key])
            case Deadline.EXPIRED:
                self._identities.expire(state.sessions[key])
            case Deadline.ICE:
                self._renewal.renew(state.sessions[key])
            case _:
                self._handle_move_deadline(deadline, key)

    def _handle_move_deadline(self, deadline: Deadline, key: str) -> None:
        match deadline:
            case Deadline.HOME:
                self._moves.settle_regardless(key)
            case Deadline.HAND_OVER:
                self._moves.give_up_handing_over(key)
            case Deadline.FENCE:
                self._routes.give_up(key)
            case Deadline.FORWARD:
                self._moves.stop_forwarding(key)
            case Deadline.ROUTE:
                self._routes.forget(key)
            case Deadline.DESK:
                self.matching.handle_no_answer(key)
                self._moves.hand_over_settled()
            case _:
                raise AssertionError(deadline)

    def _handle_no_answer(self, connection: Connection) -> None:
        if connection.session is not None:
            self._identities.handle_no_answer(connection)
        elif connection.claims is not None:
            self._moves.give_up_claim(connection)
        else:
            self._greeting.handle_no_answer(connection)

    def drain(self, notice: float, url: str | None = None, *, move: bool = False) -> list[Output]:
        """Announce that the server closes in `notice` seconds, and welcome nobody from now on.

        The announced pauses are spread evenly, so that clients do not all come back at once: to
        `url`, if there is one. Other nodes may claim sessions for as long as this one runs; where
        there are any (`move`), clients are sent to them in the first half of the notice.
        """
        self.operating.say_go_away(notice, url, move=move)
        return self._take_outputs()

    # --- the gate and the backplane ---

    def _hear_identity(self, report: Authenticated | Unauthenticated) -> None:
        connection = self._state.connections.get(report.connection)
        if connection is None:
            return
        if connection.auth is not None:
            self._hear_refreshed(connection, report)
        elif connection.hello is not None and connection.claims is None:
            if isinstance(report, Unauthenticated):
                self._greeting.hear_unauthenticated(connection, report)
            else:
                self._greeting.hear_authenticated(connection, report)

    def _hear_refreshed(
        self, connection: Connection, report: Authenticated | Unauthenticated
    ) -> None:
        if isinstance(report, Unauthenticated):
            self._identities.hear_unauthenticated(connection, report)
        else:
            session = self._identities.hear_authenticated(connection, report)
            self._rooms.leave_what_is_not_granted(session)

    def _hear_entered(self, report: reports.Entered) -> None:
        self._rooms.hear_entered(report)
        self._hand_over_if_settled(report.member.sid)

    def _hear_turned(self, report: reports.Turned) -> None:
        self._rooms.hear_turned(report)
        self._hand_over_if_settled(report.sid)

    def _hand_over_if_settled(self, sid: str) -> None:
        session = self._state.sessions.get(sid)
        if session is not None:
            self._moves.hand_over_if_settled(session)

    def _hear_departed(self, report: reports.Departed) -> None:
        self._news.hear_departed(report)
        self._moves.hear_arrival(report.sid, report.room)
        self._moves.settle(report.sid)

    def _hear_moved(self, report: reports.Moved) -> None:
        self._news.hear_moved(report)
        self._moves.hear_arrival(report.sid, report.room)

    def _hear_reach(self, report: reports.Reach) -> None:
        self._state.is_reachable = report.up
        if not report.up:
            self._rooms.hear_unreachable()

    # --- small steps --------------------------------------------------------------------------

    def _return_to_sender(self, session: Session, frame: bytes) -> None:
        """Tell who sent the signal in a frame that it did not arrive."""
        for message in decode_from_server(frame.decode()):
            if isinstance(message, Forwarded):
                self._signals.tell_sender(message, session.peer, UndeliveredReason.SLOW)

    def _take_outputs(self) -> list[Output]:
        state = self._state
        if state.doomed or state.arrived or state.welcomed or state.returned:
            self._finish()
        outputs, state.outputs = state.outputs, []
        return outputs

    def _finish(self) -> None:
        """Do what had to wait until what came in was handled."""
        state = self._state
        while state.returned:
            self._matched.come_back(state.returned.pop())
        while state.welcomed:
            connection = state.welcomed.pop()
            waiting, connection.waiting = connection.waiting, None
            for message in waiting or ():
                self._inbox.receive(connection, message)
        while state.doomed or state.arrived:
            while state.doomed:
                state.counters.sessions_lost += 1
                state.end(state.doomed.pop(), LeaveReason.LOST)
            arrived, state.arrived = state.arrived, []
            for report in arrived:
                self._hear[type(report)](report)
