"""The gate that asks a webhook, in the shape of Ayame's `authn_webhook_url`: who wants into which room?

::

    POST /authn
    {"roomId": "r", "clientId": "alice", "connectionId": "3f2a…", "signalingKey": "…", "authnMetadata": {…}}

200 with `{"allowed": true, "iceServers": […], "authzMetadata": {…}}` lets it in, with `{"allowed": false,
"reason": "…"}` not. Whatever else comes, or nothing in time, lets nobody in: 503 while the webhook cannot be
had, 500 where it says what cannot be understood. `subject` is there for who has shown a token.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import msgspec

from operating.posting import NoAnswerError, Poster
from signaling.codes import ErrorCode
from signaling.gate import (
    ANONYMOUS,
    Admit,
    Admitted,
    Authenticate,
    Authenticated,
    Barred,
    Conditions,
    GateOrder,
    GateReport,
    KeyKeeper,
)
from signaling.messages import IceServer, Metadata
from signaling.signatures import read_webhook_secret, signature_headers
from signaling.wallclock import unix_now
from signaling.webaddress import check_web_address

LONGEST_ANSWER = 64 * 1024
RETRY_AFTER = 2.0
_LONGEST_REASON = 200
_OK = 200

_logger = logging.getLogger("signaling.gate")


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """A webhook that is asked who may join.

    Args:
        url: `https://` or, where nobody can listen or answer in its place, `http://`.
        secret: Signs the requests as Standard Webhooks has it; None leaves them unsigned, as Ayame's are.
        deadline: Seconds for the whole of a request.
        waiting: Requests under way at most; beyond that the answer is 503 at once.

    Raises:
        SettingsError: A value cannot be meant.
    """

    url: str
    secret: str | None = field(default=None, repr=False)
    deadline: float = 5.0
    waiting: int = 256

    def __post_init__(self) -> None:
        check_web_address(self.url)
        if self.secret is not None:
            read_webhook_secret(self.secret)


class _AyameIceServer(msgspec.Struct, frozen=True):
    urls: str | tuple[str, ...]
    username: str | None = None
    credential: str | None = None


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    allowed: bool
    reason: str | None = None
    ice_servers: tuple[_AyameIceServer, ...] | None = None
    authz_metadata: Metadata | None = None


class _NonsenseError(Exception):
    """The webhook has not said what can be understood; the text goes to the log."""


class WebhookGate:
    """Asks the webhook for each join, over connections that are used again. Made inside a running event loop.

    Args:
        settings: Where it is.
        unix_clock: Gives the time of the signature.
    """

    def __init__(
        self, settings: WebhookSettings, *, unix_clock: Callable[[], float] = unix_now
    ) -> None:
        self._settings = settings
        self._unix_clock = unix_clock
        self._secrets = () if settings.secret is None else (read_webhook_secret(settings.secret),)
        self._asking: set[asyncio.Task[None]] = set()
        self._receive: Callable[[GateReport], None] = lambda _: None
        self._poster = Poster(
            (settings.url,),
            deadline=settings.deadline,
            longest=LONGEST_ANSWER,
            agent="hairpin-signaling",
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def listen(self, receive: Callable[[GateReport], None]) -> None:
        """Give the answers to `receive`."""
        self._receive = receive

    def carry(self, order: GateOrder) -> list[GateReport]:
        """Begin to ask, and answer later; who it is, this gate does not know."""
        if isinstance(order, Authenticate):
            return [Authenticated(order.connection, ANONYMOUS)]
        if len(self._asking) >= self._settings.waiting:
            return [_unavailable(order)]
        task = asyncio.get_running_loop().create_task(self._ask(order))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        return []

    async def close(self) -> None:
        """Ask no more, and close every connection."""
        tasks = tuple(self._asking)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._poster.close()

    async def _ask(self, order: Admit) -> None:
        try:
            async with asyncio.timeout(self._settings.deadline):
                report = _report(order, await self._answer(order))
        except (TimeoutError, NoAnswerError) as error:
            why = str(error) or "not in time"
            _logger.warning("webhook: no answer: %s", why, extra={"sid": order.sid})
            report = _unavailable(order)
        except _NonsenseError as error:
            _logger.warning("webhook: %s", error, extra={"sid": order.sid})
            why = "the webhook that decides who may join gave no answer that can be understood"
            report = Barred(order.sid, order.room, ErrorCode.INTERNAL, why)
        self._receive(report)

    async def _answer(self, order: Admit) -> _Answer:
        body = msgspec.json.encode(_question(order))
        headers = signature_headers(
            body, self._secrets, f"msg_{secrets.token_hex(12)}", self._unix_clock()
        )
        answer = await self._poster.post(self._settings.url, body, headers)
        if answer.status != _OK:
            raise _NonsenseError(f"expected status 200, got {answer.status}")
        if answer.body is None:
            raise _NonsenseError(f"expected at most {LONGEST_ANSWER} bytes, got more")
        try:
            return msgspec.json.decode(answer.body, type=_Answer)
        except msgspec.ValidationError as error:
            raise _NonsenseError(str(error)[:_LONGEST_REASON]) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _NonsenseError("expected a JSON object, got something else") from None


def _question(order: Admit) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "roomId": order.room,
        "clientId": order.peer,
        "connectionId": order.sid,
    }
    if order.key is not None:
        asked["signalingKey"] = order.key
    if order.meta:
        asked["authnMetadata"] = order.meta
    if order.subject:
        asked["subject"] = order.subject
    return asked


def _report(order: Admit, answer: _Answer) -> GateReport:
    if not answer.allowed:
        reason = "".join(c for c in answer.reason or "" if c.isprintable())[:_LONGEST_REASON]
        why = reason or "the webhook does not let it in"
        return Barred(order.sid, order.room, ErrorCode.FORBIDDEN, why)
    servers = None if answer.ice_servers is None else tuple(map(_ice_server, answer.ice_servers))
    conditions = Conditions(key=KeyKeeper.GATE)  # what the key means, the webhook has said
    return Admitted(order.sid, order.room, servers, answer.authz_metadata, conditions)


def _ice_server(server: _AyameIceServer) -> IceServer:
    urls = (server.urls,) if isinstance(server.urls, str) else server.urls
    return IceServer(urls, server.username, server.credential)


def _unavailable(order: Admit) -> Barred:
    why = "who may join cannot be asked now"
    return Barred(order.sid, order.room, ErrorCode.UNAVAILABLE, why, RETRY_AFTER)
