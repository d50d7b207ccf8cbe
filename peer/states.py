"""The states of a session and the one table that says which may follow which."""

import enum


class SessionState(enum.Enum):
    """Where a session is.

    `RECONNECTING` is a connection whose path is lost and is being looked for again; channels stay.
    `ENDED` is a connection that the other side has closed, `FAILED` one that did not come up or
    broke, `CLOSED` one that was closed here.
    """

    WAITING = "waiting"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    ENDED = "ended"
    FAILED = "failed"
    CLOSED = "closed"


class SessionEvent(enum.Enum):
    """What moves a session on."""

    MET = "met"
    OPENED = "opened"
    INTERRUPTED = "interrupted"
    RESTORED = "restored"
    LEFT = "left by the other side"
    BROKE = "broke"
    CLOSED = "closed"


#: What the table lacks is an error, except that an ended session stays ended.
TRANSITIONS: dict[SessionState, dict[SessionEvent, SessionState]] = {
    SessionState.WAITING: {
        SessionEvent.MET: SessionState.CONNECTING,
        SessionEvent.LEFT: SessionState.FAILED,
        SessionEvent.BROKE: SessionState.FAILED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
    SessionState.CONNECTING: {
        SessionEvent.OPENED: SessionState.CONNECTED,
        SessionEvent.LEFT: SessionState.FAILED,
        SessionEvent.BROKE: SessionState.FAILED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
    SessionState.CONNECTED: {
        SessionEvent.INTERRUPTED: SessionState.RECONNECTING,
        SessionEvent.RESTORED: SessionState.CONNECTED,
        SessionEvent.LEFT: SessionState.ENDED,
        SessionEvent.BROKE: SessionState.FAILED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
    SessionState.RECONNECTING: {
        SessionEvent.INTERRUPTED: SessionState.RECONNECTING,
        SessionEvent.RESTORED: SessionState.CONNECTED,
        SessionEvent.LEFT: SessionState.ENDED,
        SessionEvent.BROKE: SessionState.FAILED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
    SessionState.ENDED: {
        SessionEvent.LEFT: SessionState.ENDED,
        SessionEvent.BROKE: SessionState.ENDED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
    SessionState.FAILED: {
        SessionEvent.LEFT: SessionState.FAILED,
        SessionEvent.BROKE: SessionState.FAILED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
    SessionState.CLOSED: {
        SessionEvent.LEFT: SessionState.CLOSED,
        SessionEvent.BROKE: SessionState.CLOSED,
        SessionEvent.CLOSED: SessionState.CLOSED,
    },
}


#: Nothing more will happen in these but closing.
OVER = frozenset({SessionState.ENDED, SessionState.FAILED, SessionState.CLOSED})


def after(state: SessionState, event: SessionEvent) -> SessionState:
    """The state that follows.

    Raises:
        AssertionError: The table lacks the pair: a fault of ours.
    """
    following = TRANSITIONS[state].get(event)
    assert following is not None, f"a session that is {state.value} cannot take {event.value!r}"
    return following
