"""When an offer begins a session: of a member that has started anew, or of one whose session is over."""

from collections import deque

from peer.roster import Member
from signaling import SignalKind, SignalReceived

_REMEMBERED = 64


class Attempts:
    """The attempts to connect that are over: what still comes of them is late."""

    def __init__(self) -> None:
        self._over: deque[str] = deque(maxlen=_REMEMBERED)

    def end(self, attempt: str | None) -> None:
        """The session of this attempt is over."""
        if attempt is not None:
            self._over.append(attempt)

    def may_begin(self, signal: SignalReceived) -> bool:
        """Whether it is an offer of an attempt that is not over; one without an id may be late."""
        return (
            signal.kind is SignalKind.OFFER
            and signal.pc is not None
            and signal.pc not in self._over
        )


def starts_anew(member: Member, signal: SignalReceived, attempt: str | None) -> bool:
    """Whether a member that cannot say which instance it is has another connection than before.

    Args:
        member: It.
        signal: What came of it.
        attempt: That of the session with it.
    """
    known = attempt in {None, signal.pc}
    return signal.kind is SignalKind.OFFER and not member.instance and not known
