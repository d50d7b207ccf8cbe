"""Signaling and relay in one process: what `hairpin up` runs, the demo, and the tests' worlds."""

import enum
import errno
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

import relay
import signaling
import stunwire
from hairpin.console import endpoint
from relay.certificates import CertificateFiles
from relay.metrics import register
from signaling.tls import TlsFiles

Address = tuple[str, int]
Server = TypeVar("Server")
_WILDCARDS = {"0.0.0.0", "::"}
_CERTIFICATE_CHECK = 10.0

_LIMITS = signaling.Limits(connections=50.0, connections_burst=1000)
"""A page is some 40 connections, and behind one NAT a whole office may open it at the same moment."""


class Service(enum.Enum):
    """What listens somewhere."""

    SIGNALING = "signaling"
    RELAY = "relay"
    SECOND = "second STUN address"
    RELAY_TLS = "relay over TLS"
    METRICS = "metrics"


_OVER_UDP = {Service.RELAY, Service.SECOND}


class CannotListenError(OSError):
    """A server could not be started at its address.

    Attributes:
        service: Which server, or which part of one.
        address: Where.
        cause: What the system said.
    """

    def __init__(self, service: Service, address: Address, cause: OSError) -> None:
        super().__init__(f"{service.value} at {endpoint(address)}: {cause}")
        self.service = service
        self.address = address
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Where to listen, and what the two servers share.

    Attributes:
        signaling_address: Of the websocket server; port 0 takes a free one.
        signaling_besides: Where the websocket server listens as well.
        tls: The certificate of the websocket server; without one it speaks no TLS.
        names: What clients call the websocket server, where that is not its address; the first in links.
        relay_address: Of the STUN and TURN server.
        second: Where STUN is answered as well, so that a browser can measure how its network maps ports: another
            port of the same host, or another host and port (RFC 5780). Where the port is in use another is taken.
        relay_tls: Where TURN is served over TLS as well, with that certificate and under that name.
        secret: Signaling mints time-limited TURN credentials from it, the relay checks them.
        public_host: The address that clients should use, where the relay binds to all addresses or
            stands behind a one-to-one NAT; `None` means the one bound.
        relay_ports: First and last port of relayed addresses.
        peers: Which peers the relay may send to.
        pages: What the signaling server shows to browsers.
        queues: Where players may wait for a match.
    """

    signaling_address: Address
    relay_address: Address
    secret: str = field(repr=False)
    signaling_besides: tuple[Address, ...] = ()
    tls: TlsFiles | None = None
    names: tuple[str, ...] = ()
    second: Address | None = None
    relay_tls: Address | None = None
    public_host: str | None = None
    relay_ports: tuple[int, int] = (49152, 65535)
    peers: relay.PeerPolicy = field(default_factory=relay.PeerPolicy)
    pages: signaling.Pages | None = None
    queues: tuple[signaling.Queue, ...] = ()

    @property
    def announced_host(self) -> str:
        """The host that clients are told for STUN and TURN."""
        return self.public_host or self.relay_address[0]

    @property
    def has_second_host(self) -> bool:
        """Whether the second place for STUN is at another host."""
        return self.second is not None and self.second[0] != self.relay_address[0]

    def __post_init__(self) -> None:
        if self.announced_host in _WILDCARDS:
            raise ValueError(f"{self.announced_host} is no address that a client could use")
        if self.has_second_host and self.public_host is not None:
            raise ValueError(
                f"clients are told {self.public_host} for {self.relay_address[0]}, and nothing for "
                f"{endpoint(self.second or self.relay_address)}: expected a second port of {self.relay_address[0]}"
            )
        if self.relay_tls is not None and (self.tls is None or not self.names):
            raise ValueError("TURN over TLS needs a certificate and the name that stands in it")


@dataclass(frozen=True, slots=True)
class Running:
    """The two servers at work, and the addresses to use.

    Attributes:
        signaling: The signaling server.
        relay: The relay.
        signaling_url: For clients of signaling.
        stun_urls: STUN URIs (RFC 7064), the relay's own address first.
        turn_urls: TURN URIs (RFC 7065), the one over UDP first.
    """

    signaling: signaling.Server
    relay: relay.Server
    signaling_url: str
    stun_urls: tuple[str, ...]
    turn_urls: tuple[str, ...]

    @property
    def stun_url(self) -> str:
        """The first."""
        return self.stun_urls[0]

    @property
    def turn_url(self) -> str:
        """The one over UDP."""
        return self.turn_urls[0]

    @property
    def local_url(self) -> str:
        """For clients of signaling on this machine."""
        host, port = self.signaling.addresses[0]
        there = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return self.signaling.url.replace(endpoint((host, port)), endpoint((there, port)))

    @property
    def page_url(self) -> str:
        """Where the pages begin, for browsers."""
        return f"http{self.signaling_url.removeprefix('ws').removesuffix(signaling.PATH)}/"


@asynccontextmanager
async def serve(
    services: Services, listeners: Sequence[signaling.Listening] = ()
) -> AsyncIterator[Running]:
    """Run both servers as long as the context lasts; the relay first, since signaling names it.

    The metrics of both are at `/metrics` of the signaling server, for this machine alone.

    Args:
        listeners: Are told of what happens in signaling.

    Raises:
        CannotListenError: An address is in use, or not this machine's.
        CertificateError: The certificate cannot be used.
    """
    async with AsyncExitStack() as stack:
        relay_server = await _start_relay(stack, services)
        stun, turn = _stun_urls(services, relay_server), _turn_urls(services, relay_server)
        settings = signaling.Settings(
            ice=signaling.IceSettings(stun_urls=stun, turn_urls=turn, secret=services.secret),
            pages=services.pages,
            names=services.names,
            limits=_LIMITS,
        )
        places = (services.signaling_address, *services.signaling_besides)
        signaling_server = await _started(
            stack,
            signaling.serve(
                settings,
                at=places,
                tls=services.tls,
                desk=signaling.MemoryDesk(services.queues),
                listeners=listeners,
            ),
            [(Service.SIGNALING, place) for place in places],
        )
        register(signaling_server.metrics.registry, lambda: relay_server.counters)
        url = _signaling_url(services, signaling_server)
        yield Running(signaling_server, relay_server, url, stun, turn)


async def _start_relay(stack: AsyncExitStack, services: Services) -> relay.Server:
    """Start the relay; where the second port is in use, with another one."""
    places = [(Service.RELAY, services.relay_address)]
    if services.second is not None:
        hosts = dict.fromkeys((services.second[0], services.relay_address[0]))
        places += [(Service.SECOND, (host, services.second[1])) for host in hosts]
    if services.relay_tls is not None:
        places.append((Service.RELAY_TLS, services.relay_tls))
    try:
        return await _started(stack, relay.serve(_relay_settings(services)), places)
    except CannotListenError as error:
        if error.service is not Service.SECOND or error.cause.errno != errno.EADDRINUSE:
            raise
    assert services.second is not None
    other = replace(services, second=(services.second[0], 0))
    return await _started(stack, relay.serve(_relay_settings(other)), places)


def _relay_settings(services: Services) -> relay.Settings:
    listen = [stunwire.Address(*services.relay_address)]
    alternate = None if services.second is None else stunwire.Address(*services.second)
    if alternate is not None and not services.has_second_host:
        listen.append(alternate)
        alternate = None
    tls = services.tls
    return relay.Settings(
        listen=tuple(listen),
        listen_tls=() if services.relay_tls is None else (stunwire.Address(*services.relay_tls),),
        certificate=None if tls is None else CertificateFiles(tls.certificate, tls.key),
        certificate_check=None if tls is None else _CERTIFICATE_CHECK,
        alternate=alternate,
        rest_secrets=(services.secret,),
        external_address=services.public_host,
        port_range=services.relay_ports,
        peers=services.peers,
    )


def _stun_urls(services: Services, server: relay.Server) -> tuple[str, ...]:
    hosts = [services.announced_host]
    if services.second is not None:
        hosts.append(services.second[0] if services.has_second_host else services.announced_host)
    places = zip(hosts, server.addresses, strict=False)
    return tuple(f"stun:{endpoint((host, address.port))}" for host, address in places)


def _turn_urls(services: Services, server: relay.Server) -> tuple[str, ...]:
    where = endpoint((services.announced_host, server.addresses[0].port))
    over_tls = [
        f"turns:{services.names[0]}:{each.port}?transport=tcp" for each in server.tls_addresses
    ]
    return f"turn:{where}?transport=udp", *over_tls


def _signaling_url(services: Services, server: signaling.Server) -> str:
    """Name the server as clients reach it, which is not always where it listens."""
    host, port = server.addresses[0]
    address = services.announced_host if host in _WILDCARDS else host
    reachable = next(iter(services.names), address)
    return server.url.replace(endpoint((host, port)), endpoint((reachable, port)))


async def _started(
    stack: AsyncExitStack,
    server: AbstractAsyncContextManager[Server],
    places: Sequence[tuple[Service, Address]],
) -> Server:
    """Start one server; only what goes wrong while starting is `CannotListenError`."""
    try:
        return await stack.enter_async_context(server)
    except OSError as error:
        service, address = next(filter(_is_refused, places), places[0])
        raise CannotListenError(service, address, error) from error


def _is_refused(place: tuple[Service, Address]) -> bool:
    """Say whether this is the address that could not be had: it is still so a moment later."""
    service, (host, port) = place
    kind = socket.SOCK_DGRAM if service in _OVER_UDP else socket.SOCK_STREAM
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, kind) as tried:
            if kind == socket.SOCK_STREAM:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except OSError:
        return True
    return False
