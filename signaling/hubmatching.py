"""What sessions ask of queues and matches."""

from typing import TypeAlias

from signaling.codes import ErrorCode
from signaling.hubstate import HubState
from signaling.messages import (
    AcceptMatch,
    CancelTicket,
    DeclineMatch,
    EnterQueue,
    OpenSeats,
    QuitMatch,
    TellResult,
)
from signaling.sessions import Session

Request: TypeAlias = (
    EnterQueue | CancelTicket | AcceptMatch | DeclineMatch | OpenSeats | QuitMatch | TellResult
)


class Matching:
    """Takes what sessions ask of queues: there are none here."""

    def __init__(self, state: HubState) -> None:
        self._state = state

    def receive(self, session: Session, message: Request) -> None:
        """Refuse."""
        none = "this server has no queues"
        self._state.refuse(session, ErrorCode.NOT_FOUND, none, message.id)
