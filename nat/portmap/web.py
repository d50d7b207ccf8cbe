"""One request of HTTP to a gateway: its answer is bounded, in bytes and in time, and never a redirection."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import h11

from nat.portmap.errors import MalformedError, SilentError
from nat.portmap.network import Network, StreamEndpoint
from nat.portmap.origin import moved
from nat.portmap.ssdp import Url, authority
from nat.portmapping.boundedxml import LARGEST

_OK: Final = 200
_FAULT: Final = 500
_HEADERS: Final = 16_384


@dataclass(frozen=True, slots=True)
class Page:
    """What came back.

    Attributes:
        body: the content.
        local: our own address, as the gateway sees it.
    """

    body: bytes
    local: str


async def fetch(
    network: Network,
    url: Url,
    *,
    body: bytes = b"",
    headers: Sequence[tuple[str, str]] = (),
    patience: float,
    source: str = "",
) -> Page:
    """Get a page, or post something.

    Args:
        source: our own address; empty for the system's choice.

    Raises:
        MovedError: this machine has that address no more.
        SilentError: nobody answered within `patience` seconds.
        MalformedError: the answer is no page: too large, no HTTP, another status.
    """
    stream: StreamEndpoint | None = None
    try:
        async with asyncio.timeout(patience):
            stream = await network.open_stream(url.address, source=source)
            await stream.send(_request(url, body, headers))
            return Page(await _receive(stream, url), stream.local.host)
    except TimeoutError:
        raise SilentError(f"{url} did not answer within {patience:g} s") from None
    except OSError as error:
        if (gone := moved(source, error)) is not None:
            raise gone from None
        raise SilentError(f"{url} cannot be asked: {error}") from None
    except h11.RemoteProtocolError as error:
        raise MalformedError(f"{url} does not answer as HTTP does: {error}") from None
    finally:
        if stream is not None:
            await stream.close()


def _request(url: Url, body: bytes, headers: Sequence[tuple[str, str]]) -> bytes:
    http = h11.Connection(h11.CLIENT)
    length = [("Content-Length", str(len(body)))] if body else []
    request = h11.Request(
        method="POST" if body else "GET",
        target=url.path,
        headers=[("Host", authority(url.address)), ("Connection", "close"), *length, *headers],
    )
    events = (request, h11.Data(data=body), h11.EndOfMessage())
    return b"".join(http.send(event) or b"" for event in events)


async def _receive(stream: StreamEndpoint, url: Url) -> bytes:
    http = _waiting_for_an_answer()
    body = bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await stream.receive())
        elif isinstance(event, h11.Response):
            if event.status_code not in {_OK, _FAULT}:
                raise MalformedError(f"{url} answers with status {event.status_code}")
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LARGEST:
                raise MalformedError(f"{url} sends more than {LARGEST} bytes")
        elif isinstance(event, h11.EndOfMessage):
            return bytes(body)
        elif not isinstance(event, h11.InformationalResponse):
            raise MalformedError(f"{url} does not answer as HTTP does")


def _waiting_for_an_answer() -> h11.Connection:
    """What reads an answer must know that a request was sent, and not which."""
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEADERS)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    http.send(h11.EndOfMessage())
    return http
