"""The gate of tokens: whoever shows a good one is who it says."""

from collections.abc import Callable
from enum import Enum

from signaling.codes import ErrorCode
from signaling.gate import (
    ANONYMOUS,
    Admitted,
    Authenticate,
    Authenticated,
    GateOrder,
    GateReport,
    Unauthenticated,
)
from signaling.identity.keys import Keys
from signaling.identity.tokens import TokenFault, TokenRules, check_token
from signaling.wallclock import unix_now


class Tokenless(Enum):
    """What happens to a client without a token; one with a bad token is refused in any case."""

    REFUSED = "refused"
    ANONYMOUS = "anonymous"


class TokenGate:
    """Checks tokens, and lets everybody join what its identity allows.

    Args:
        keys: Gives the keys as of now, such as `KeyFile.keys`.
        rules: What else is expected of a token.
        tokenless: What happens to clients that show none.
        unix_clock: Gives seconds since 1970.
    """

    def __init__(
        self,
        keys: Callable[[], Keys],
        rules: TokenRules | None = None,
        *,
        tokenless: Tokenless = Tokenless.REFUSED,
        unix_clock: Callable[[], float] = unix_now,
    ) -> None:
        self._keys = keys
        self._rules = rules or TokenRules()
        self._tokenless = tokenless
        self._unix_clock = unix_clock

    def carry(self, order: GateOrder) -> list[GateReport]:
        """Answer at once."""
        if not isinstance(order, Authenticate):
            return [Admitted(order.sid, order.room)]
        if order.token is None:
            return [self._receive_nothing(order)]
        who = check_token(order.token, self._keys(), self._rules, self._unix_clock())
        if isinstance(who, TokenFault):
            return [Unauthenticated(order.connection, who.code, who.reason)]
        return [Authenticated(order.connection, who)]

    def listen(self, receive: Callable[[GateReport], None]) -> None:
        """Nothing comes later here."""

    def _receive_nothing(self, order: Authenticate) -> GateReport:
        if self._tokenless is Tokenless.ANONYMOUS:
            return Authenticated(order.connection, ANONYMOUS)
        return Unauthenticated(order.connection, ErrorCode.UNAUTHORIZED, "a token is needed here")
