"""The questions that wait for an answer, and how long they may."""

from signaling.orders import Claim, Enter
from signaling.reports import Entered, Turned

Key = tuple[str, str, int | None]


class Asked:
    """Members that want in, and sessions that were claimed; every answer counts once.

    Args:
        patience: Seconds until an answer is too late.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._enters: dict[Key, tuple[float, Enter]] = {}
        self._claims: dict[str, tuple[float, Claim]] = {}

    def ask_in(self, order: Enter, now: float) -> None:
        """Remember that a member wants in."""
        key = (order.room, order.member.sid, order.request)
        self._enters[key] = (now + self._patience, order)

    def claim(self, order: Claim, now: float) -> None:
        """Remember that a session was claimed."""
        self._claims[order.connection] = (now + self._patience, order)

    def answer(self, report: Entered | Turned) -> bool:
        """Say whether somebody waits for this, from now on nobody."""
        sid = report.member.sid if isinstance(report, Entered) else report.sid
        return self._enters.pop((report.room, sid, report.request), None) is not None

    def answer_claim(self, connection: str) -> bool:
        """Say whether somebody waits for this, from now on nobody."""
        return self._claims.pop(connection, None) is not None

    def enters(self) -> list[Enter]:
        """List who wants in."""
        return [order for _, order in self._enters.values()]

    def take_enters(self, now: float | None = None) -> list[Enter]:
        """Give up those that waited too long, or all."""
        late = [k for k, (deadline, _) in self._enters.items() if now is None or deadline <= now]
        return [self._enters.pop(key)[1] for key in late]

    def take_claims(self, now: float | None = None, node: str | None = None) -> list[Claim]:
        """Give up those that waited too long, or those of a node, or all."""
        late = [
            connection
            for connection, (deadline, claim) in self._claims.items()
            if (now is None or deadline <= now) and node in (None, claim.node)
        ]
        return [self._claims.pop(connection)[1] for connection in late]

    def next_deadline(self) -> float | None:
        """Say when somebody has waited too long."""
        enters = (deadline for deadline, _ in self._enters.values())
        claims = (deadline for deadline, _ in self._claims.values())
        return min((*enters, *claims), default=None)
