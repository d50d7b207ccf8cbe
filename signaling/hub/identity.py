"""Who a session is, in time: its token expires, unless the client shows a newer one of the same subject."""

from dataclasses import replace

from signaling.codes import ErrorCode
from signaling.gate import Authenticate, Authenticated, Identity, Unauthenticated
from signaling.hub.state import HubState
from signaling.messages import Auth, Expiring, LeaveReason
from signaling.sessions import Connection, Session
from signaling.timers import Deadline

GATE_TIMEOUT = 10.0
"""Seconds that the gate may take to say who somebody is."""
_NOTICE = 60.0
"""Seconds before its token expires that a client is told, or at a third of a shorter life."""


class Identities:
    """Keeps watch over the identities of sessions."""

    def __init__(self, state: HubState) -> None:
        self._state = state

    def watch(self, session: Session, identity: Identity) -> None:
        """Take an identity for the session's own, until it expires."""
        timers, sid = self._state.timers, session.sid
        session.identity = identity
        life = identity.expires_in
        if life is None:
            session.expires = None
            timers.cancel(Deadline.EXPIRING, sid)
            timers.cancel(Deadline.EXPIRED, sid)
            return
        session.expires = expires = self._state.now + max(0.0, life)
        session.notice = min(_NOTICE, life / 3)
        timers.set(Deadline.EXPIRED, sid, expires)
        timers.set(Deadline.EXPIRING, sid, expires - session.notice)

    def take_over(
        self, session: Session, identity: Identity, expires_in: float | None, notice: float
    ) -> None:
        """Go on with an identity that another node has watched so far."""
        self.watch(session, replace(identity, expires_in=expires_in))
        if session.expires is not None:
            session.notice = notice
            self._state.timers.set(Deadline.EXPIRING, session.sid, session.expires - notice)

    def warn(self, session: Session) -> None:
        """Tell a client that its token expires; one that is gone is told when it is back."""
        if session.expires is None or session.connection is None:
            return
        left = session.expires - self._state.now
        if left <= session.notice:
            self._state.send(session, Expiring(in_ms=max(0, round(left * 1000))))

    def expire(self, session: Session) -> None:
        """End a session whose token has expired."""
        state = self._state
        if session.connection is None:
            state.end(session, LeaveReason.EXPIRED)
        else:
            state.expel(
                session.connection,
                ErrorCode.EXPIRED,
                "the token has expired",
                reason_to_leave=LeaveReason.EXPIRED,
            )

    # --- a newer token ----------------------------------------------------------------------------

    def refresh(self, session: Session, message: Auth) -> None:
        """Ask the gate about a newer token."""
        state, connection = self._state, session.connection
        if connection is None:
            return
        if connection.auth is not None:
            busy = "the last auth has no answer yet"
            state.refuse(session, ErrorCode.CONFLICT, busy, message.id)
            return
        connection.auth = message
        state.timers.set(Deadline.ANSWER, connection.cid, state.now + GATE_TIMEOUT)
        asked = Authenticate(connection.cid, message.token, session.peer, connection.address)
        state.outputs.append(asked)

    def hear_authenticated(self, connection: Connection, report: Authenticated) -> Session:
        """Go on under a newer token, if it is the same subject's; gives the session.

        Its rooms and its life are those of the newer token from now on; the name, and the role and the
        metadata in rooms that it is in already, stay.
        """
        session, request = self._answered(connection)
        if report.identity.subject == session.identity.subject:
            self.watch(session, report.identity)
            self._state.answer_ok(session, request)
        else:
            other = "a newer token must be of the same subject"
            self._state.refuse(session, ErrorCode.FORBIDDEN, other, request)
        return session

    def hear_unauthenticated(self, connection: Connection, report: Unauthenticated) -> None:
        """Go on under the older token for as long as it lasts."""
        session, request = self._answered(connection)
        self._state.refuse(session, report.code, report.reason, request, report.retry_after)

    def handle_no_answer(self, connection: Connection) -> None:
        """Give up waiting for the gate."""
        session, request = self._answered(connection)
        late = "nobody could say in time whose token this is"
        self._state.refuse(session, ErrorCode.UNAVAILABLE, late, request, 1.0)

    def _answered(self, connection: Connection) -> tuple[Session, int | None]:
        session, auth = connection.session, connection.auth
        assert session is not None
        assert auth is not None
        connection.auth = None
        self._state.timers.cancel(Deadline.ANSWER, connection.cid)
        return session, auth.id
