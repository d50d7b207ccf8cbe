"""What gets out besides STUN over UDP: TCP, TLS, and a page whose answer is known, to see a captive portal.

Who is asked learns our address. So nobody is asked who need not be: TCP and TLS go to servers that are asked anyhow, or to
the one that was named, and the page of a third party is fetched only where no server at all has answered, which is when a
portal may be the reason.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import h11

from nat.discovery.network import Network, StreamEndpoint
from nat.discovery.plan import Page
from nat.discovery.surroundings import Attempt, Means
from nat.discovery.turnlines import words_of
from stunwire import Address

PATIENCE: Final = 4.0
"""Seconds for a connection to stand, and for a page to come."""
MOST_BODY: Final = 65_536
"""Bytes of a page that are looked at."""


DEFAULT_PAGE: Final = Page("detectportal.firefox.com", "/success.txt", 200, b"success")
"""What Firefox asks for the same purpose."""


class Reach:
    """Tries, and says what came of it.

    Args:
        network: the world.
        clock: seconds since the diagnosis began.
        interface: to leave through.
    """

    def __init__(self, network: Network, clock: Callable[[], float], interface: str = "") -> None:
        self._network = network
        self._clock = clock
        self._interface = interface

    async def connect(self, name: str, target: Address, *, tls: str | None = None) -> Attempt:
        """Connect over TCP, or over TLS if a name for the certificate is given, and hang up."""
        means = Means.TCP if tls is None else Means.TLS
        began = self._clock()
        try:
            stream = await self._open(target, tls)
        except OSError as error:
            return Attempt(
                means=means, name=name, target=target, began=began, failure=words_of(error)
            )
        done = self._clock()
        await stream.close()
        return Attempt(
            means=means,
            name=name,
            target=target,
            began=began,
            reached_at=done,
            finished_at=done,
            # a handshake of TLS takes more than one
            round_trip=done - began if tls is None else None,
        )

    async def fetch(self, page: Page, target: Address) -> Attempt:
        """Fetch a page; `error` is the status of an answer that is not the known one."""
        began = self._clock()
        reached = finished = status = None
        failure = ""
        try:
            stream = await self._open(target, None)
            reached = self._clock()
            try:
                async with asyncio.timeout(PATIENCE):
                    answer = await _get(stream, page)
            finally:
                await stream.close()
        except TimeoutError:
            failure = "no answer within 4 s"
        except h11.RemoteProtocolError as error:
            failure, status = f"the answer is no HTTP: {error}", 0
        except OSError as error:
            failure = words_of(error)
        else:
            finished = self._clock()
            failure = answer.difference(page)
            status = answer.status if failure else None
        return Attempt(
            means=Means.HTTP,
            name=f"http://{page.host}{page.path}",
            target=target,
            began=began,
            reached_at=reached,
            finished_at=finished,
            failure=failure,
            error=status,
        )

    async def _open(self, target: Address, tls: str | None) -> StreamEndpoint:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._network.open_stream(target, tls=tls, interface=self._interface)
        except TimeoutError:
            raise OSError("no connection within 4 s") from None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    location: str
    body: bytes

    def difference(self, page: Page) -> str:
        """How it is not the known one; empty if it is."""
        if 300 <= self.status < 400:
            return f"it was redirected to {self.location or 'nowhere'}"
        if self.status != page.status:
            return f"somebody answered {self.status}, and the page answers {page.status}"
        if page.body is not None and self.body.strip() != page.body:
            return "somebody answered with another page"
        return ""


async def _get(stream: StreamEndpoint, page: Page) -> _Answer:
    http = h11.Connection(h11.CLIENT)
    headers = [("Host", page.host), ("Accept", "*/*"), ("Connection", "close")]
    request = h11.Request(method="GET", target=page.path, headers=headers)
    await stream.send((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
    status, location, body = 0, "", b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await stream.receive())
        elif isinstance(event, h11.Response):
            status = event.status_code
            location = dict(event.headers).get(b"location", b"").decode("ascii", "replace")
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MOST_BODY:
                return _Answer(status, location, body)
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return _Answer(status, location, body)
