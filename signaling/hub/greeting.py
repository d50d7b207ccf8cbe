"""From `hello` to `welcome`: a new session, or an earlier one taken up again, never half of one."""

from signaling import replies
from signaling.codes import CloseCode, ErrorCode
from signaling.gate import Authenticate, Authenticated, Unauthenticated
from signaling.hub.ice import IceRenewal
from signaling.hub.identity import GATE_TIMEOUT, Identities
from signaling.hub.state import HubState
from signaling.journal import Happening
from signaling.messages import RESUME, ClientMessage, Hello, MemberState
from signaling.orders import Mark
from signaling.outputs import Deliver
from signaling.ring import Ring
from signaling.sessions import Connection, Session
from signaling.timers import Deadline
from signaling.wire import size_of_metadata

_WAITING = 32
"""Messages that may come before the welcome is there."""
_RETRY_FULL = 5.0


class Greeting:
    """What happens to a connection until it has a session."""

    def __init__(self, state: HubState, identities: Identities, ice: IceRenewal) -> None:
        self._state = state
        self._identities = identities
        self._ice = ice

    def greet(self, connection: Connection, message: ClientMessage) -> bool:
        """Take the first message of a connection, or keep the next ones until the welcome is out.

        Returns:
            Whether it was a hello that can be followed.
        """
        state = self._state
        if connection.hello is not None:
            self._keep_waiting(connection, message)
        elif not isinstance(message, Hello):
            first = "the first message must be hello"
            state.expel(connection, ErrorCode.BAD_MESSAGE, first, message.id)
        elif state.is_draining:
            state.expel(connection, ErrorCode.UNAVAILABLE, "the server is closing", message.id)
        elif size_of_metadata(message.meta) > state.limits.meta:
            most = f"metadata may have {state.limits.meta} bytes"
            state.expel(connection, ErrorCode.TOO_BIG, most, message.id)
        else:
            connection.hello = message
            state.timers.cancel(Deadline.HELLO, connection.cid)
            return True
        return False

    def hear_authenticated(self, connection: Connection, report: Authenticated) -> None:
        """Open a session for somebody whom the gate knows."""
        state, hello = self._state, connection.hello
        assert hello is not None
        if len(state.sessions) >= state.limits.sessions:
            full = "the server is full"
            state.expel(connection, ErrorCode.UNAVAILABLE, full, hello.id, _RETRY_FULL)
            return
        name = report.identity.peer or hello.peer or connection.cid
        session = Session(connection.cid, name)
        self._identities.watch(session, report.identity)
        session.meta = hello.meta
        session.region = hello.region
        session.heir_of = connection.heir_of
        if RESUME in hello.caps and state.tokens is not None:
            session.ring = Ring()
        state.sessions[session.sid] = session
        state.counters.sessions_opened += 1
        if hello.client is not None:
            session.client = f"{hello.client.name} {hello.client.ver}".strip()
        state.note(
            Happening.SESSION_OPENED,
            session,
            peer=session.peer,
            address=connection.address,
            client=session.client,
        )
        self._welcome(connection, session, hello.id, None)

    def hear_unauthenticated(self, connection: Connection, report: Unauthenticated) -> None:
        """Turn away somebody whom the gate does not know."""
        assert connection.hello is not None
        request = connection.hello.id
        self._state.expel(connection, report.code, report.reason, request, report.retry_after)

    def handle_no_answer(self, connection: Connection) -> None:
        """Give up waiting for the gate."""
        assert connection.hello is not None
        late = "nobody could say in time whether to let you in"
        self._state.expel(connection, ErrorCode.UNAVAILABLE, late, connection.hello.id, 1.0)

    def begin(self, connection: Connection) -> None:
        """Ask the gate who it is, for a session from the start."""
        state, hello = self._state, connection.hello
        assert hello is not None
        state.timers.set(Deadline.ANSWER, connection.cid, state.now + GATE_TIMEOUT)
        state.outputs.append(
            Authenticate(connection.cid, hello.token, hello.peer, connection.address)
        )

    def resume(self, connection: Connection, session: Session, seq: int) -> None:
        """Go on with a session, from behind message `seq`."""
        state, hello = self._state, connection.hello
        assert hello is not None
        assert session.ring is not None
        former = session.connection
        if former is not None:
            former.session = None
            state.close(former, CloseCode.REPLACED, "the session goes on over another connection")
        state.acknowledge(session, seq)
        state.timers.cancel(Deadline.GRACE, session.sid)
        state.counters.sessions_resumed += 1
        missed = list(session.ring.frames)
        replay, cid = len(missed), connection.cid
        state.note(Happening.SESSION_RESUMED, session, peer=session.peer, replay=replay, cid=cid)
        self._welcome(connection, session, hello.id, missed)
        self._identities.warn(session)
        if former is None:
            for room in session.rooms:
                state.order(Mark(room, session.peer, session.sid, MemberState.HERE))
            state.pause(session, paused=False)
            state.returned.append(session)

    def _welcome(
        self,
        connection: Connection,
        session: Session,
        request: int | None,
        missed: list[bytes] | None,
    ) -> None:
        state = self._state
        state.timers.cancel(Deadline.ANSWER, connection.cid)
        session.connection = connection
        session.told = session.heard
        connection.session = session
        connection.hello = None
        if connection.waiting is not None:
            state.welcomed.append(connection)
        ice = self._ice.issue(session)
        token = state.token_for(session)
        replay = None if missed is None else len(missed)
        welcome = replies.welcome(session, state.settings, ice, request, token=token, replay=replay)
        state.say(connection, welcome)
        cid = connection.cid
        state.outputs += [Deliver(cid, frame) for frame in missed or ()]

    def _keep_waiting(self, connection: Connection, message: ClientMessage) -> None:
        if connection.waiting is None:
            connection.waiting = []
        if len(connection.waiting) >= _WAITING:
            many = f"at most {_WAITING} messages may come before the welcome"
            self._state.expel(connection, ErrorCode.RATE_LIMITED, many, message.id)
        else:
            connection.waiting.append(message)
