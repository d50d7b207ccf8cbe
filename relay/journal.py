"""What the relay tells its operator: one structured line for each piece of news, and never too many."""

import logging
from typing import Any, assert_never

import structlog

from relay.outputs import (
    AllocationEnded,
    AllocationMoved,
    AllocationOpened,
    CertificateRead,
    ConnectionCut,
    HookFailed,
    News,
    PacketDropped,
    RequestRefused,
    UsersFileRead,
)

_sink = logging.getLogger("hairpin.relay")
logger = structlog.wrap_logger(
    _sink,
    processors=[
        structlog.processors.KeyValueRenderer(
            key_order=["event"]
        ),  # renders with repr: one line each
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    context_class=dict,
    cache_logger_on_first_use=False,
)

LINES_PER_SECOND = 20.0
LINES_AT_ONCE = 100.0


class Journal:
    """A log that a flood of packets cannot fill: what is too much is counted, and the count is told."""

    def __init__(self) -> None:
        self._lines = LINES_AT_ONCE
        self._refilled_at = 0.0
        self._suppressed = 0

    def write(self, news: News, now: float) -> None:
        """Log one piece of news, unless nobody listens or there have been too many lately."""
        if not _sink.isEnabledFor(logging.INFO):
            return
        lines = self._lines + max(now - self._refilled_at, 0.0) * LINES_PER_SECOND
        self._lines = min(lines, LINES_AT_ONCE)
        self._refilled_at = now
        if self._lines < 1.0:
            self._suppressed += 1
            return
        self._lines -= 1.0
        event, fields = _line(news)
        if self._suppressed:
            fields["suppressed_before"] = self._suppressed
            self._suppressed = 0
        logger.info(event, **fields)


def _line(news: News) -> tuple[str, dict[str, Any]]:
    match news:
        case AllocationOpened(five_tuple, relayed, user, lifetime):
            return "relay.allocation.opened", {
                "client": _address(five_tuple.client),
                "relayed": _address(relayed),
                "user": _escaped(user),
                "lifetime": lifetime,
            }
        case AllocationMoved(five_tuple, old, relayed, user):
            return "relay.allocation.moved", {
                "client": _address(five_tuple.client),
                "transport": five_tuple.transport.value,
                "before": _address(old.client),
                "relayed": _address(relayed),
                "user": _escaped(user),
            }
        case AllocationEnded(five_tuple, relayed, user, why, lived, usage):
            return "relay.allocation.ended", {
                "client": _address(five_tuple.client),
                "relayed": _address(relayed),
                "user": _escaped(user),
                "why": why,
                "lived": round(lived, 3),
                "to_peer_bytes": usage.to_peer_bytes,
                "to_client_bytes": usage.to_client_bytes,
            }
        case RequestRefused(five_tuple, method, code, why, user):
            return "relay.request.refused", {
                "client": _address(five_tuple.client),
                "method": method,
                "code": int(code),
                "why": why,
                "user": _escaped(user),
            }
        case PacketDropped(source, reason, size, detail):
            return "relay.packet.dropped", {
                "source": _address(source),
                "why": reason.value,
                "size": size,
                "detail": detail,
            }
        case ConnectionCut(client, transport, why, detail):
            return "relay.connection.cut", {
                "client": _address(client),
                "transport": transport.value,
                "why": why.value,
                "detail": detail,
            }
        case CertificateRead(problem):
            return "relay.certificate.read", {"problem": problem}
        case UsersFileRead(users, problem, warning):
            return "relay.users.read", {"users": users, "problem": problem, "warning": warning}
        case HookFailed(problem):
            return "relay.hook.failed", {"problem": _escaped(problem)}
    assert_never(news)


def _address(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _escaped(user: str | None) -> str | None:
    """Leave only printable ASCII: names are chosen by strangers, and terminals obey what they read."""
    if user is None:
        return None
    escaped = user.encode("ascii", "backslashreplace").decode()
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in escaped)
