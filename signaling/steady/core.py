"""The client's core: one session over one websocket after the other, without sockets, clocks or logs.

Rule 1. What the server must not lose is numbered, and kept until it is acknowledged.
Rule 2. A number from the server is taken once; a hole in them ends the connection, not the session.
Rule 3. After a loss the same session goes on, or another begins: then nothing of the old one is said
again but what brings us back into our rooms.
"""

from collections.abc import Callable

from signaling.codes import CloseCode, Verdict, verdict
from signaling.errors import (
    ConnectionLostError,
    RefusedError,
    RequestTimeoutError,
    SignalingError,
)
from signaling.events import Closed, Disconnected, Reconnected
from signaling.messages import (
    Ack,
    Auth,
    Bye,
    ClientMessage,
    Error,
    Expiring,
    GoAway,
    Ice,
    IceServer,
    Metadata,
    Ping,
    Pong,
    ServerMessage,
    Welcome,
)
from signaling.steady.actions import Action, Answer, Cut, Open, Over, Renew, Tell, Write
from signaling.steady.hearing import as_refused, reason_of, remark, told
from signaling.steady.liveness import Liveness, Pulse
from signaling.steady.plan import Plan, Renewal, Stage, Steadiness
from signaling.steady.receipts import Receipt, Receipts
from signaling.steady.reconnection import Reconnection
from signaling.steady.requests import Asker, Request, Requests
from signaling.steady.talk import Talk
from signaling.wire import Refusal, Skipped, decode_from_server, encode

_RENEW_AGAIN = 5.0


class ClientCore:
    """One session, as its client sees it.

    Args:
        plan: What to be.
        chance: Draws a number from 0 to 1, for the pauses.
    """

    def __init__(self, plan: Plan, chance: Callable[[], float]) -> None:
        self.stage = Stage.NEW
        self.welcome: Welcome | None = None
        self.ice: tuple[IceServer, ...] = ()
        self.meta: Metadata = plan.meta or {}
        self._plan = plan
        self._peer = plan.peer
        self._tries = Reconnection(plan.urls, plan.patience, chance)
        self._requests = Requests()
        self._receipts = Receipts()
        self._liveness = Liveness()
        self._talk = Talk(self._requests, plan.outbox, plan.outbox_bytes, self.meta)
        self._token: str | None = None
        self._resume: str | None = None
        self._hello_id = 0
        self._refusal: RefusedError | None = None
        self._open_at: float | None = None
        self._welcome_by: float | None = None
        self._leave_at: float | None = None
        self._renew_at: float | None = None

    @property
    def is_up(self) -> bool:
        """Whether the server has welcomed this connection."""
        return self.stage is Stage.UP

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms we are in, or will be again."""
        return self._talk.places.rooms

    # --- what the user wants ------------------------------------------------------------------

    def start(self) -> list[Action]:
        """Begin with the first connection."""
        assert self.stage is Stage.NEW
        return self._open()

    def send(self, message: ClientMessage, now: float) -> list[Action]:
        """Say something that asks for no answer; it waits when there is no connection.

        Raises:
            OutboxFullError: Too much waits already.
            RefusedError: It is more than the server takes in a message.
        """
        assert self.stage is not Stage.OVER
        self._talk.put(message, None)
        return self._say(now)

    def has_room(self, size: int = 0) -> bool:
        """Say whether a message of this size can be taken now."""
        return self._talk.outbox.has_room(size)

    def ask(self, message: ClientMessage, now: float) -> tuple[int, list[Action]]:
        """Ask something; the `Answer` bears the number that is returned.

        Raises:
            OutboxFullError: Too much waits already.
            RefusedError: It is more than the server takes in a message.
        """
        assert self.stage is not Stage.OVER
        if isinstance(message, Ping):
            return self._ask_unnumbered(message)
        if isinstance(message, Auth):
            self._token = message.token
        return self._talk.ask(message, Asker.USER), self._say(now)

    def abandon(self, request: int, now: float) -> list[Action]:
        """Nobody waits for an answer any more; that it lacks makes the server suspect."""
        if self._talk.abandon(request):
            return []
        return self.probe(now)

    def probe(self, now: float) -> list[Action]:
        """Look whether the server is still there; if not, there is another connection soon."""
        if self.stage is not Stage.UP:
            return []
        return self._beat(self._liveness.probe(now), now)

    def reconnect(self, now: float) -> list[Action]:
        """Leave this connection, which leads nowhere, for a new one at once."""
        if self.stage in {Stage.NEW, Stage.OVER}:
            return []
        if self._plan.steadiness is Steadiness.END:
            return self._drop("left here", now)
        self._tries.hurry()
        actions: list[Action] = [Cut()]
        if self.stage is Stage.UP:
            actions += self._interrupt(ConnectionLostError(CloseCode.ABNORMAL, "left for another"))
            self._tries.lose(now)
        elif self.stage is Stage.GREETING:
            self._tries.leave_a_hello(now)
        return actions + self._open()

    def finish(self, error: SignalingError | None = None) -> list[Action]:
        """Say bye: the session ends for good. The shell closes the websocket after that."""
        if self.stage is Stage.OVER:
            return []
        actions: list[Action] = [Write(encode(Bye()))] if self.stage is Stage.UP else [Cut()]
        return actions + self._end(error or ConnectionLostError(CloseCode.NORMAL, "closed here"))

    # --- what the shell tells -----------------------------------------------------------------

    def receive_open(self, token: str | None, now: float) -> list[Action]:
        """The websocket is open; `token` is the newest there is."""
        assert self.stage is Stage.OPENING
        self.stage = Stage.GREETING
        self._token = token or self._token
        self._welcome_by = now + self._plan.welcome_within
        self._refusal = None
        self._hello_id = self._requests.next_id()
        hello = self._plan.hello(
            self._hello_id,
            peer=self._peer,
            token=self._token,
            resume=self._resume,
            seq=self._receipts.last,
        )
        return [Write(encode(hello))]

    def receive_unreachable(self, error: SignalingError, now: float) -> list[Action]:
        """No websocket could be opened."""
        assert self.stage is Stage.OPENING
        return self._lose(error, Verdict.COME_BACK, now)

    def receive_close(self, code: int, reason: str, now: float) -> list[Action]:
        """The websocket is closed."""
        if self.stage not in {Stage.GREETING, Stage.UP}:
            return []
        advice = self._tries.advice(code, now)
        return self._lose(self._refusal or ConnectionLostError(code, reason), advice, now)

    def receive_token(self, token: str | None, now: float) -> list[Action]:
        """A newer token is here, or none can be had, so that it is asked for again soon."""
        if self.stage is Stage.OVER:
            return []
        if token is None:
            self._renew_at = now + _RENEW_AGAIN
            return []
        self._token = token
        self._renew_at = None
        if self.stage is not Stage.UP:
            return []
        self._talk.ask(Auth(token=token), Asker.RENEWING)
        return self._say(now)

    def receive_frame(self, frame: str | bytes, now: float) -> list[Action]:
        """A frame came."""
        actions: list[Action] = []
        self._liveness.hear(now)
        for message in decode_from_server(frame):
            if self.stage is Stage.GREETING:
                actions += self._hear_greeting(message, now)
            elif self.stage is Stage.UP:
                actions += self._hear(message, now)
        return actions + self._say(now)

    def next_deadline(self) -> float | None:
        """When `handle_timer` wants to be called."""
        times: list[float | None] = [self._tries.gives_up_at]
        match self.stage:
            case Stage.PAUSING:
                times.append(self._open_at)
            case Stage.GREETING:
                times.append(self._welcome_by)
            case Stage.UP:
                times += [self._liveness.next_deadline, self._receipts.next_deadline]
                times += [self._talk.next_deadline, self._leave_at, self._renew_at]
            case Stage.NEW | Stage.OVER:
                return None
        return min((time for time in times if time is not None), default=None)

    def handle_timer(self, now: float) -> list[Action]:
        """Do what is due."""
        if self.stage is Stage.OVER:
            return []
        if self._tries.gives_up_at is not None and now >= self._tries.gives_up_at:
            why = f"no connection for {self._plan.patience:g} s"
            return [Cut(), *self._end(ConnectionLostError(CloseCode.ABNORMAL, why))]
        match self.stage:
            case Stage.PAUSING if self._open_at is not None and now >= self._open_at:
                return self._open()
            case Stage.GREETING if self._welcome_by is not None and now >= self._welcome_by:
                late = RequestTimeoutError("hello", self._plan.welcome_within)
                return [Cut(), *self._lose(self._refusal or late, Verdict.COME_BACK, now)]
            case Stage.UP:
                return self._handle_timer_while_up(now)
        return []

    # --- connections --------------------------------------------------------------------------

    def _open(self) -> list[Action]:
        self.stage = Stage.OPENING
        self._open_at = None
        return [Open(self._tries.url)]

    def _drop(self, why: str, now: float) -> list[Action]:
        """End a connection that is no good."""
        lost = ConnectionLostError(CloseCode.ABNORMAL, why)
        return [Cut(), *self._lose(lost, Verdict.COME_BACK, now)]

    def _lose(self, error: SignalingError, advice: Verdict, now: float) -> list[Action]:
        """A connection is lost, or did not come about."""
        was_up = self.stage is Stage.UP
        if self.stage is Stage.GREETING:
            self._tries.leave_a_hello(now)
        if isinstance(error, RefusedError) and error.retry_after is not None:
            self._tries.advise(error.retry_after)
        self._open_at = self._tries.lose(now) if was_up else self._tries.fail(now)
        if self.welcome is None:
            over = self._tries.has_tried_all
        else:
            over = advice is Verdict.STAY_AWAY or self._plan.steadiness is Steadiness.END
        if over:
            return self._end(error)
        actions = self._interrupt(error) if was_up else []
        self.stage = Stage.PAUSING
        if self._open_at <= now:
            return actions + self._open()
        return actions

    def _interrupt(self, error: SignalingError) -> list[Action]:
        """There was a connection, and it is gone."""
        self._leave_at = None
        self._talk.lose_connection()
        failed: list[Action] = [
            Answer(request, error) for request in self._requests.lose_unnumbered()
        ]
        return [*failed, Tell(Disconnected(error.code, error.name, reason_of(error)))]

    def _end(self, error: SignalingError) -> list[Action]:
        self.stage = Stage.OVER
        failed = [Answer(request, error) for request, _ in self._requests.take_all()]
        closed = Closed(error.code, error.name, reason_of(error), verdict(error.code))
        return [*failed, Tell(closed), Over(error)]

    # --- what the server says -----------------------------------------------------------------

    def _hear_greeting(
        self, message: ServerMessage | Refusal | Skipped, now: float
    ) -> list[Action]:
        match message:
            case Welcome():
                return self._be_welcomed(message, now)
            case Error():
                self._refusal = as_refused(message)  # a close follows: it says whether to come back
                return []
            case _:
                return [remark(message)]

    def _be_welcomed(self, welcome: Welcome, now: float) -> list[Action]:
        is_first, resumes = self.welcome is None, welcome.resumed and self._resume is not None
        self.stage = Stage.UP
        self.welcome = welcome
        self.ice = welcome.ice
        self._peer = welcome.peer
        self._resume = welcome.resume
        self._tries.succeed(now)
        self._liveness.begin(welcome.ping_ms, now)
        self._talk.begin(welcome, now)
        if is_first:
            return []
        if not resumes:
            self._receipts.restart()
            return self._talk.start_again()
        if not self._talk.resume(welcome.ack or 0):
            return self._doubt("it acknowledges what was never said", now)
        return [Tell(Reconnected(resumed=True))]

    def _hear(self, message: ServerMessage | Refusal | Skipped, now: float) -> list[Action]:
        if isinstance(message, Refusal | Skipped):
            return [remark(message)]
        if (receipt := self._receipts.take(message.seq, now)) is Receipt.REPEATED:
            return []
        if receipt is Receipt.AFTER_A_HOLE:
            return self._drop(f"{message.seq} came after {self._receipts.last}", now)
        if message.ack is not None and not self._talk.outbox.acknowledge(message.ack):
            return self._doubt("it acknowledges what was never said", now)
        request = self._requests.pop(message.id)
        if request is not None:
            assert message.id is not None
            return self._talk.settle(message.id, request, message, now)
        return self._hear_news(message, now)

    def _hear_news(self, message: ServerMessage, now: float) -> list[Action]:
        match message:
            case Expiring() if self._plan.renewal is Renewal.ASKED:
                return [Renew()]
            case Ice():
                self.ice = message.ice
            case GoAway():
                self._leave_at = self._tries.go_away(message, now)
            case Pong():
                return []
            case _:
                pass
        self._talk.places.hear(message)
        return told(message)

    def _doubt(self, why: str, now: float) -> list[Action]:
        """The server and we do not mean the same session: begin another."""
        self._receipts.doubt()
        return self._drop(f"the server is confused: {why}", now)

    # --- what is said -------------------------------------------------------------------------

    def _ask_unnumbered(self, message: Ping) -> tuple[int, list[Action]]:
        id_ = self._requests.next_id()
        if self.stage is not Stage.UP:
            return id_, [Answer(id_, ConnectionLostError(CloseCode.ABNORMAL, "not connected"))]
        self._requests.put(id_, Request(message, Asker.USER, numbered=False))
        return id_, [Write(encode(Ping(id=id_)))]

    def _say(self, now: float) -> list[Action]:
        """Write what waits, as fast as the server allows, and acknowledge when it is time."""
        if self.stage is not Stage.UP:
            return []
        actions: list[Action] = [*map(Write, self._talk.frames(self._receipts.last, now))]
        if actions:
            self._receipts.said()
        if self._receipts.is_due(now):
            self._receipts.said()
            actions.append(Write(encode(Ack(ack=self._receipts.last))))
        return actions

    def _handle_timer_while_up(self, now: float) -> list[Action]:
        actions: list[Action] = []
        if self._leave_at is not None and now >= self._leave_at:
            return self._drop("the server is going away", now)
        if self._renew_at is not None and now >= self._renew_at:
            self._renew_at = None
            actions.append(Renew())
        actions += self._beat(self._liveness.check(now), now)
        if self.stage is Stage.UP:
            self._talk.handle_timer(now)
        return actions + self._say(now)

    def _beat(self, pulse: Pulse, now: float) -> list[Action]:
        match pulse:
            case Pulse.PING:
                return [Write(encode(Ping(ack=self._receipts.last or None)))]
            case Pulse.DEAD:
                return self._drop("the server does not answer any more", now)
            case Pulse.NOTHING:
                return []
