"""What gets out besides STUN over UDP: TCP, TLS, and a page whose answer is known, to see a captive portal.

Who is asked learns our address. So nobody is asked who need not be: TCP and TLS go to servers that are asked anyhow, or to
the one that was named, and the page of a third party is fetched only where no server at all has answered, which is when a
portal may be the reason.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

import h11

from nat.discovery.diagnosis import Diagnosis, one_of_each_family
from nat.discovery.network import Network, StreamEndpoint
from nat.discovery.plan import Page
from nat.discovery.question import Question
from nat.discovery.servers import Target
from nat.discovery.surroundings import Attempt, Means
from nat.discovery.transactions import Purpose
from nat.discovery.turnlines import words_of
from stunwire import Address

PATIENCE: Final = 4.0
"""Seconds for a connection to stand, and for a page to come."""
OTHER_PORTS: Final = (443, 53, 80, 3478)
"""UDP ports that firewalls let pass more often than others, or than which they let pass nothing."""
HTTPS_PORT: Final = 443
SILENCE: Final = 2.5
"""Seconds without an answer of any server after which a portal may be the reason."""
MOST_HOSTS: Final = 2
"""Servers at which other ports are tried."""
MOST_BODY: Final = 65_536
"""Bytes of a page that are looked at."""


DEFAULT_PAGE: Final = Page("detectportal.firefox.com", "/success.txt", 200, b"success")
"""What Firefox asks for the same purpose."""


async def run(diagnosis: Diagnosis) -> None:
    """Try TCP, TLS, other UDP ports, and a page where that is called for."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_try_streams(diagnosis))
        group.create_task(_try_page(diagnosis))
        for target in _hosts(diagnosis):
            for port in OTHER_PORTS:
                if port != target.address.port:
                    group.create_task(_ask_at(diagnosis, target, port))


async def _try_streams(diagnosis: Diagnosis) -> None:
    async with asyncio.TaskGroup() as group:
        for host, address in await _web(diagnosis):
            for tls in (None, host):
                group.create_task(_try_stream(diagnosis, f"{host}:{address.port}", address, tls))


async def _try_stream(diagnosis: Diagnosis, name: str, address: Address, tls: str | None) -> None:
    diagnosis.recorder.tell(f"{'tcp' if tls is None else 'tls'}, {name}")
    diagnosis.recorder.observe(await Reach.of(diagnosis).connect(name, address, tls=tls))


async def _ask_at(diagnosis: Diagnosis, target: Target, port: int) -> None:
    """Ask a server at another of its UDP ports, where it may not listen at all.

    If it does, it is asked at its usual one as well, from the same port of ours: two ports of one address tell
    what servers with one address cannot, whether a mapping depends on the address alone.
    """
    address = target.address._replace(port=port)
    line = await diagnosis.asking.open(address)
    try:
        question = Question(Purpose.OTHER_PORT, target.name, address)
        if (await diagnosis.asking.ask(line, question)).answer is not None:
            usual = Question(Purpose.MAPPING_I, target.name, target.address)
            await diagnosis.asking.ask(line, usual)
    finally:
        line.close()


async def _try_page(diagnosis: Diagnosis) -> None:
    page = diagnosis.plan.page
    if page is None:
        if await diagnosis.anybody_answers(SILENCE):
            return
        page = DEFAULT_PAGE
    recorder, name = diagnosis.recorder, f"http://{page.host}{page.path}"
    began = recorder.now()
    recorder.tell(name)
    try:
        addresses = await diagnosis.network.resolve(page.host, page.port)
    except OSError as error:
        failure = words_of(error)
        recorder.observe(Attempt(means=Means.HTTP, name=name, began=began, failure=failure))
        return
    recorder.observe(await Reach.of(diagnosis).fetch(page, addresses[0]))


def _hosts(diagnosis: Diagnosis) -> list[Target]:
    """A few of the servers, each host once."""
    hosts: dict[str, Target] = {}
    for each in diagnosis.udp:
        hosts.setdefault(each.name, each)
    return list(hosts.values())[:MOST_HOSTS]


async def _web(diagnosis: Diagnosis) -> list[tuple[str, Address]]:
    """Names and addresses for TCP and TLS."""
    if diagnosis.plan.web is None:
        return [
            (each.host or each.address.host, each.address._replace(port=HTTPS_PORT))
            for each in _hosts(diagnosis)
        ]
    host, port = diagnosis.plan.web
    began, name = diagnosis.recorder.now(), f"{host}:{port}"
    try:
        found = await diagnosis.network.resolve(host, port)
    except OSError as error:
        failure = words_of(error)
        tried = Attempt(means=Means.TCP, name=name, began=began, failure=failure)
        diagnosis.recorder.observe(tried)
        return []
    return [(host, each) for each in one_of_each_family(found)]


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

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> Self:
        """With what a diagnosis has."""
        return cls(diagnosis.network, diagnosis.recorder.now, diagnosis.plan.interface)

    async def connect(self, name: str, target: Address, *, tls: str | None = None) -> Attempt:
        """Connect over TCP, or over TLS if a name for the certificate is given, and hang up."""
        means = Means.TCP if tls is None else Means.TLS
        began = self._clock()
        try:
            stream = await self._open(target, tls)
        except OSError as error:
            return Attempt(
                means=means,
                name=name,
                target=target,
                began=began,
                failure=words_of(error),
                refused=isinstance(error, ConnectionRefusedError),
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
        failure, refused = "", False
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
            failure, refused = words_of(error), isinstance(error, ConnectionRefusedError)
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
            refused=refused,
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
