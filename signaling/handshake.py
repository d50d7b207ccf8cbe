"""What is answered before a websocket is open: health, metrics, pages, and who is not let in.

Nothing here knows which transport has read the request, or has a socket or a clock of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from signaling.addresses import Addresses, Networks, is_loopback
from signaling.messages import PATH, SUBPROTOCOL
from signaling.origins import Origins
from signaling.pages import Page
from signaling.settings import Settings

_TEXT: Final = "text/plain; charset=utf-8"
_FORWARDING: Final = ("x-forwarded-for", "forwarded", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Opening:
    """A request that wants to become a websocket, or asks for something else.

    Attributes:
        headers: As `fold` makes them.
        address: Where the socket comes from; empty for a Unix socket.
        counted: Whether the connection was counted for that address when it was accepted.
        method: GET but for what asks for pages; not every transport lets others through.
    """

    path: str
    headers: Mapping[str, str]
    address: str
    counted: bool
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response, after which the connection is closed.

    Attributes:
        cache: What may be kept, and for how long.
        more: Further headers.
        length: Of the text that a GET would have brought, where there is none (HEAD, RFC 9110 §9.3.2).
    """

    status: HTTPStatus
    text: bytes
    content_type: str = _TEXT
    retry_after: int | None = None
    cache: str = "no-store"
    more: tuple[tuple[str, str], ...] = ()
    length: int | None = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What is said of the body, and what every answer says."""
        retry = () if self.retry_after is None else (("Retry-After", str(self.retry_after)),)
        return (
            ("Content-Type", self.content_type),
            ("Cache-Control", self.cache),
            ("Server", "hairpin"),
            *retry,
            *self.more,
        )

    @property
    def content_length(self) -> int:
        """What stands in that header."""
        return len(self.text) if self.length is None else self.length

    def encode(self) -> bytes:
        """Write it as bytes, where no transport does."""
        lines = [
            f"HTTP/1.1 {self.status.value} {self.status.phrase}",
            *(f"{name}: {value}" for name, value in self.headers),
            f"Content-Length: {self.content_length}",
            "Connection: close",
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.text


@dataclass(frozen=True, slots=True)
class Admitted:
    """It may become a websocket.

    Attributes:
        address: The client's, as far as it can be known.
        counted: Whether it has to be taken off the table of addresses when it ends.
    """

    address: str
    counted: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """How the server is at this moment.

    Attributes:
        draining: Nobody is let in any more.
        full: It has as many sessions as it takes.
        degraded: What does not work, in words; empty where all is well.
    """

    draining: bool = False
    full: bool = False
    degraded: str = ""


class Door:
    """Says of each request what becomes of it.

    Args:
        condition: Tells how the server is.
        metrics: Gives the metrics page and its content type; None where there is none on this port.
        refused: Hears of each address from which one connection was too many.
    """

    def __init__(
        self,
        settings: Settings,
        addresses: Addresses,
        condition: Callable[[], Condition],
        metrics: Callable[[], tuple[bytes, str]] | None = None,
        refused: Callable[[str], None] = lambda _address: None,
    ) -> None:
        self._addresses = addresses
        self._proxies = Networks(settings.trusted_proxies)
        self._origins = Origins(settings.origins, settings.names)
        self._pages = settings.pages
        self._condition = condition
        self._metrics = metrics
        self._refused = refused

    def knock(self, address: str, now: float) -> tuple[bool, Answer | None]:
        """Look at a connection before anything is read: is it counted, and is it too much?

        The connections of a proxy are counted for whom they are made, which only the request tells.
        """
        if address in self._proxies:
            return False, None
        return self._count(address, now)

    def leave(self, address: str) -> None:
        """Hear that a connection, which was counted for this address, has ended."""
        self._addresses.disconnect(address)

    def answer(self, opening: Opening, now: float) -> Answer | Admitted:
        """Let a request become a websocket, or answer it."""
        path = opening.path.partition("?")[0]
        if path != PATH:
            return self._page(path, opening)
        condition = self._condition()
        if condition.draining:
            return _unavailable(b"The server is closing\n")
        if condition.full:
            return _unavailable(b"The server has as many sessions as it takes\n")
        own = opening.headers.get("host") if self._pages is not None else None
        origin = opening.headers.get("origin")
        if not self._origins.allows(origin, local=_is_local(opening), own=own):
            return Answer(HTTPStatus.FORBIDDEN, b"Pages of this origin may not connect\n")
        client = self._proxies.client(opening.address, opening.headers.get("x-forwarded-for"))
        if opening.counted:
            return Admitted(client, counted=True)
        counted, refusal = self._count(client, now)
        return refusal or Admitted(client, counted)

    def _count(self, address: str, now: float) -> tuple[bool, Answer | None]:
        wait = self._addresses.connect(address, now)
        if wait == 0.0:
            return bool(address), None
        self._refused(address)
        too_many = b"Too many connections from this address\n"
        retry_after = max(1, round(wait))
        return False, Answer(HTTPStatus.TOO_MANY_REQUESTS, too_many, retry_after=retry_after)

    def _page(self, path: str, opening: Opening) -> Answer:
        if path == "/healthz":
            return Answer(HTTPStatus.OK, b"ok\n")
        if path == "/readyz":
            return readiness(self._condition())
        if path == "/metrics" and self._metrics is not None and _is_local(opening):
            page, content_type = self._metrics()
            return Answer(HTTPStatus.OK, page, content_type)
        found = None if self._pages is None else self._pages.find(path)
        if found is not None:
            return _served(found, opening)
        return Answer(HTTPStatus.NOT_FOUND, f"The websocket is at {PATH}\n".encode())


def readiness(condition: Condition) -> Answer:
    """Say whether new clients should be sent here: not while it drains; also while it is degraded."""
    if condition.draining:
        return _unavailable(b"draining\n")
    if condition.full:
        return _unavailable(b"full\n")
    degraded = condition.degraded
    return Answer(HTTPStatus.OK, f"degraded: {degraded}\n".encode() if degraded else b"ready\n")


def _served(page: Page, opening: Opening) -> Answer:
    """Answer with a page: a browser keeps it, and asks each time whether it is still the same."""
    if opening.method not in {"GET", "HEAD"}:
        allow = (("Allow", "GET, HEAD"),)
        return Answer(HTTPStatus.METHOD_NOT_ALLOWED, b"Expected GET or HEAD\n", more=allow)
    form = page.form(opening.headers.get("accept-encoding"))
    is_known = form.is_known(opening.headers.get("if-none-match"))
    is_bare = is_known or opening.method == "HEAD"
    return Answer(
        HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK,
        b"" if is_bare else form.body,
        page.content_type,
        cache="no-cache",
        more=(("ETag", form.etag), *form.headers),
        length=len(form.body) if is_bare else None,
    )


def fold(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Put headers under names in lower case; one that comes twice is a list (RFC 9110 §5.3)."""
    folded: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        folded[key] = f"{folded[key]}, {value}" if key in folded else value
    return folded


def subprotocol(offered: str | None) -> str | None:
    """Pick our subprotocol; without it the websocket opens, to be closed with 4406.

    A browser tells a page nothing of a handshake that fails, but it does tell a close code.
    """
    names = (name.strip() for name in (offered or "").split(","))
    return SUBPROTOCOL if SUBPROTOCOL in names else None


def _is_local(opening: Opening) -> bool:
    """Say whether somebody on this machine asks for himself, and not a proxy for another."""
    forwarded = any(name in opening.headers for name in _FORWARDING)
    return is_loopback(opening.address) and not forwarded


def _unavailable(text: bytes) -> Answer:
    return Answer(HTTPStatus.SERVICE_UNAVAILABLE, text, retry_after=1)
