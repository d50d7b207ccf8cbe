"""The lines that a server writes about its connections and sessions; nothing secret is in them.

Each bears the id that it is about, as `sid` or `cid`, for whoever writes them with fields.
"""

import logging
from typing import Final

from signaling.codes import CloseCode, ErrorCode, close_label
from signaling.journal import Happening, Noted
from signaling.transports.connection import Connection

logger: Final = logging.getLogger("signaling")

_REFUSED_BY_THE_WIRE: Final = frozenset(
    {CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG}
)
_LOUD: Final = 10
"""Refusals of one kind in a second that are worth a line each."""


class Throttle:
    """Lets a few lines a second through, and counts the others: a log is not for an attacker to fill."""

    def __init__(self) -> None:
        self._second = 0
        self._lines = 0
        self._kept_back = 0

    def take(self, now: float) -> int | None:
        """Say how many lines were kept back before this one, or None to keep this one back as well."""
        if int(now) != self._second:
            self._second, self._lines = int(now), 0
        self._lines += 1
        if self._lines > _LOUD:
            self._kept_back += 1
            return None
        kept_back, self._kept_back = self._kept_back, 0
        return kept_back


def note(noted: Noted) -> None:
    """Write what the core has noted."""
    if noted.happening is Happening.REFUSED:
        code, name, text = (noted.fields[key] for key in ("code", "name", "msg"))
        level = logging.INFO if code == ErrorCode.RATE_LIMITED else logging.WARNING
        words = "session %s refused: %d %s: %r"
        logger.log(level, words, noted.sid, code, name, text, extra={"sid": noted.sid})
    elif logger.isEnabledFor(logging.DEBUG):
        words, happened = "session %s: %s %r", noted.happening.value
        logger.debug(words, noted.sid, happened, noted.fields, extra={"sid": noted.sid})


def opened(connection: Connection) -> None:
    """Write that a websocket is open."""
    logger.info(
        "connection %s opened from %s",
        connection.cid,
        connection.address or connection.peer,
        extra={"cid": connection.cid},
    )


def closed(connection: Connection) -> None:
    """Write how a connection ended: a warning if what came was no websocket traffic."""
    code = connection.close_code
    refused = connection.closed_by_us and code in _REFUSED_BY_THE_WIRE
    logger.log(
        logging.WARNING if refused else logging.INFO,
        "connection %s ended with %d %s%s",
        connection.cid,
        code,
        close_label(code),
        f": {connection.close_reason!r}" if connection.close_reason else "",
        extra={"cid": connection.cid},
    )


def too_many(address: str, kept_back: int) -> None:
    """Write that an address has too many connections, or makes them too fast."""
    more = f" ({kept_back} more like this)" if kept_back else ""
    hint = "if it is a proxy of yours, list it in trusted_proxies"
    logger.warning("too many connections from %s: %s%s", address, hint, more)


def failed(connection: Connection, kept_back: int) -> None:
    """Write why no websocket came about."""
    failure = connection.failure
    level = logging.WARNING if failure.notable else logging.INFO
    if failure.harmless:  # whoever looks after health comes every few seconds
        level = logging.DEBUG
    more = f" ({kept_back} more like this)" if kept_back else ""
    logger.log(level, "no websocket from %s: %r%s", connection.peer, failure.why, more)
