"""The states of a session and the one table that says which may follow which."""

import enum


class SessionState(enum.Enum):
    """Where a session is."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"


class SessionEvent(enum.Enum):
    """What moves a session on."""

    MET = "met"
    OPENED = "opened"
    BROKE = "broke"
    CLOSED = "closed"


#: What the table lacks is an error, except that an ended session stays ended.
TRANSITIONS: dict[SessionState, dict[SessionEvent, SessionState]] = {
    SessionState.WAITING: {
        SessionEvent.MET: SessionState.CONNECTING,
        SessionEvent.BROKE: SessionState.FAILED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
    SessionState.CONNECTING: {
        SessionEvent.OPENED: SessionState.CONNECTED,
        SessionEvent.BROKE: SessionState.FAILED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
    SessionState.CONNECTED: {
        SessionEvent.BROKE: SessionState.FAILED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
    SessionState.FAILED: {
        SessionEvent.BROKE: SessionState.FAILED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
    SessionState.CLOSED: {
        SessionEvent.BROKE: SessionState.CLOSED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
}


def after(state: SessionState, event: SessionEvent) -> SessionState:
    """The state that follows.

    Raises:
        AssertionError: The table lacks the pair: a fault of ours.
    """
    following = TRANSITIONS[state].get(event)
    assert following is not None, f"a session that is {state.value} cannot take {event.value!r}"
    return following
