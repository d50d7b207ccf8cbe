"""The numbers on the wire: error codes, close codes, and whether a client may come back."""

from enum import Enum, IntEnum
from typing import Final


class ErrorCode(IntEnum):
    """Why the server did not do what was asked; the name on the wire is the lower-case name."""

    BAD_MESSAGE = 400
    UNAUTHORIZED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    VERSION = 406
    HELLO_TIMEOUT = 408
    CONFLICT = 409
    EXPIRED = 410
    TOO_BIG = 413
    ROOM_FULL = 417
    ROOM_LOCKED = 423
    RATE_LIMITED = 429
    CANCELLED = 499
    INTERNAL = 500
    UNAVAILABLE = 503
    BUS_TIMEOUT = 504

    @property
    def label(self) -> str:
        """The name as it is written in an error message."""
        return self.name.lower()


class CloseCode(IntEnum):
    """Why a websocket was closed: 4000–4499 for good, 4500–4999 until the client comes back."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    NO_STATUS = 1005
    ABNORMAL = 1006
    INVALID_DATA = 1007
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    VERSION = 4406
    HELLO_TIMEOUT = 4408
    REPLACED = 4409
    TOO_BIG = 4413
    UNAVAILABLE = 4503
    SLOW_CONSUMER = 4508
    RATE_LIMITED = 4529


FATAL: Final = {
    ErrorCode.BAD_MESSAGE: CloseCode.BAD_MESSAGE,
    ErrorCode.UNAUTHORIZED: CloseCode.UNAUTHORIZED,
    ErrorCode.FORBIDDEN: CloseCode.FORBIDDEN,
    ErrorCode.EXPIRED: CloseCode.UNAUTHORIZED,
    ErrorCode.HELLO_TIMEOUT: CloseCode.HELLO_TIMEOUT,
    ErrorCode.RATE_LIMITED: CloseCode.RATE_LIMITED,
    ErrorCode.TOO_BIG: CloseCode.TOO_BIG,
    ErrorCode.UNAVAILABLE: CloseCode.UNAVAILABLE,
}
"""The errors that can end a session, and the code with which its websocket is then closed."""


class Verdict(Enum):
    """What a client should do once its websocket is closed."""

    COME_BACK = "come back"
    STAY_AWAY = "stay away"


_STAY_AWAY = frozenset(
    {
        CloseCode.NORMAL,
        CloseCode.PROTOCOL_ERROR,
        CloseCode.INVALID_DATA,
        CloseCode.MESSAGE_TOO_BIG,
    }
)


def verdict(close_code: int) -> Verdict:
    """Say whether a websocket closed with this code should be opened again (with back-off)."""
    if close_code in _STAY_AWAY or 4000 <= close_code < 4500:
        return Verdict.STAY_AWAY
    return Verdict.COME_BACK


def close_label(close_code: int) -> str:
    """Name a close code in lower case, also one this version does not know."""
    try:
        return CloseCode(close_code).name.lower()
    except ValueError:
        return f"close_{close_code}"
