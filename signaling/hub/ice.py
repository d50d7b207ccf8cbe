"""ICE servers for sessions: fresh credentials when asked for, and at half the life of the last."""

from zlib import crc32

from signaling.hub.state import HubState
from signaling.messages import Ice, IceRequest, IceServer
from signaling.sessions import Session
from signaling.timers import Deadline

_SPREAD = 0.2
"""This part of the half life is spread over the sessions, so that not all are renewed at once."""


class IceRenewal:
    """Lists ICE servers and sees to it that nobody's credentials grow old."""

    def __init__(self, state: HubState) -> None:
        self._state = state

    def issue(self, session: Session) -> tuple[IceServer, ...]:
        """List the servers with fresh credentials, and plan their renewal if there are any."""
        state = self._state
        ice = state.ice_for(session.sid, session.region)
        if any(server.credential is not None for server in ice):
            half = state.settings.ice.ttl / 2
            early = _SPREAD * crc32(session.sid.encode()) / 2**32
            state.timers.set(Deadline.ICE, session.sid, state.now + half * (1.0 - early))
        return ice

    def answer(self, session: Session, message: IceRequest) -> None:
        """Give a client the servers that it asks for."""
        self._send(session, message.id)

    def renew(self, session: Session) -> None:
        """Push fresh credentials; one that is gone gets them in the welcome when it is back."""
        if session.connection is not None:
            self._send(session, None)

    def _send(self, session: Session, request: int | None) -> None:
        ttl = round(self._state.settings.ice.ttl)
        self._state.send(session, Ice(id=request, ice=self.issue(session), ice_ttl_s=ttl))
