"""A session taken up again, here or from another node: all of it, or none of it and a new one begins."""

from signaling.codes import CloseCode
from signaling.hub.greeting import Greeting
from signaling.hub.moves import Moves
from signaling.hub.state import HubState
from signaling.messages import LeaveReason, Resumption
from signaling.resumption import Claimant
from signaling.sessions import Connection, Session


class Resuming:
    """Looks for the session that a hello wants to go on with."""

    def __init__(self, state: HubState, greeting: Greeting, moves: Moves) -> None:
        self._state = state
        self._greeting = greeting
        self._moves = moves

    def take_up(self, connection: Connection) -> None:
        """Go on with the session that the hello names, or begin a new one."""
        assert connection.hello is not None
        resume = connection.hello.resume
        tokens = self._state.tokens
        claimant = None if resume is None or tokens is None else tokens.read(resume.token)
        if resume is None or claimant is None:
            self._greeting.begin(connection)
            return
        session = self._state.sessions.get(claimant.sid)
        if session is not None:
            self._take_up_here(connection, session, claimant, resume)
            return
        connection.heir_of = claimant.sid
        if claimant.node == self._state.node or not self._state.is_reachable:
            self._greeting.begin(connection)
        else:
            self._moves.claim(connection, claimant, resume.seq)

    def _take_up_here(
        self, connection: Connection, session: Session, claimant: Claimant, resume: Resumption
    ) -> None:
        state = self._state
        if not session.is_open_to(claimant.generation):
            self._greeting.begin(connection)
        elif not session.holds(resume.seq):
            connection.heir_of = session.sid
            if session.connection is not None:
                replaced = "the client has started again"
                state.close(session.connection, CloseCode.REPLACED, replaced)
            state.end(session, LeaveReason.LOST)
            self._greeting.begin(connection)
        elif session.sid in state.homing:
            self._moves.wait_for_home(connection, session, resume.seq)
        else:
            self._moves.cancel(session.sid)
            self._greeting.resume(connection, session, resume.seq)
