"""Sessions that may have missed something for good: they end, so that their clients start again."""

from signaling.codes import CloseCode
from signaling.hub.state import HubState
from signaling.messages import LeaveReason
from signaling.orders import Miss
from signaling.reports import Missed


class Losses:
    """Ends sessions that are here, and passes the news on for those that have moved from here."""

    def __init__(self, state: HubState) -> None:
        self._state = state

    def hear_missed(self, report: Missed) -> None:
        """Tell the session whom it concerns, or all that others may have sent something."""
        state = self._state
        if report.sid is not None:
            self._tell(report.sid)
            return
        for sid in [sid for sid, session in state.sessions.items() if session.rooms]:
            self._tell(sid)
        for sid in list(state.forwards):
            self._tell(sid)

    def _tell(self, sid: str) -> None:
        state = self._state
        session = state.sessions.get(sid)
        if session is None:
            onward = state.forwards.get(sid)
            if onward is not None:
                state.order(Miss(onward, sid))
            return
        connection, session.connection = session.connection, None
        if connection is not None:
            state.close(connection, CloseCode.UNAVAILABLE, "a message was lost between nodes")
        state.end(session, LeaveReason.LOST)
