"""Signaling and relay in one process: what `hairpin up` runs, the demo, and the tests' worlds."""

import enum
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import relay
import signaling
import stunwire
from hairpin.console import endpoint

Address = tuple[str, int]
Server = TypeVar("Server")
_WILDCARDS = {"0.0.0.0", "::"}


class Service(enum.Enum):
    """One of the two servers."""

    SIGNALING = "signaling"
    RELAY = "relay"


class CannotListenError(OSError):
    """A server could not be started at its address.

    Attributes:
        service: Which one.
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
        relay_address: Of the STUN and TURN server.
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
    public_host: str | None = None
    relay_ports: tuple[int, int] = (49152, 65535)
    peers: relay.PeerPolicy = field(default_factory=relay.PeerPolicy)
    pages: signaling.Pages | None = None
    queues: tuple[signaling.Queue, ...] = ()

    @property
    def announced_host(self) -> str:
        """The host that clients are told for STUN and TURN."""
        return self.public_host or self.relay_address[0]

    def __post_init__(self) -> None:
        if self.announced_host in _WILDCARDS:
            raise ValueError(f"{self.announced_host} is no address that a client could use")


@dataclass(frozen=True, slots=True)
class Running:
    """The two servers at work, and the addresses to use.

    Attributes:
        signaling: The signaling server.
        relay: The relay.
        signaling_url: For clients of signaling.
        stun_url: A STUN URI (RFC 7064).
        turn_url: A TURN URI (RFC 7065).
    """

    signaling: signaling.Server
    relay: relay.Server
    signaling_url: str
    stun_url: str
    turn_url: str

    @property
    def local_url(self) -> str:
        """For clients of signaling on this machine."""
        host, port = self.signaling.addresses[0]
        there = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return f"ws://{endpoint((there, port))}{signaling.PATH}"

    @property
    def page_url(self) -> str:
        """Where the pages begin, for browsers."""
        return f"http{self.signaling_url.removeprefix('ws').removesuffix(signaling.PATH)}/"


@asynccontextmanager
async def serve(
    services: Services, listeners: Sequence[signaling.Listening] = ()
) -> AsyncIterator[Running]:
    """Run both servers as long as the context lasts; the relay first, since signaling names it.

    Args:
        listeners: Are told of what happens in signaling.

    Raises:
        CannotListenError: An address is in use, or not this machine's.
    """
    relay_settings = relay.Settings(
        listen=(stunwire.Address(*services.relay_address),),
        rest_secrets=(services.secret,),
        external_address=services.public_host,
        port_range=services.relay_ports,
        peers=services.peers,
    )
    async with _listening(
        Service.RELAY, services.relay_address, lambda: relay.serve(relay_settings)
    ) as relay_server:
        port = relay_server.addresses[0][1]
        where = endpoint((services.announced_host, port))
        stun_url, turn_url = f"stun:{where}", f"turn:{where}?transport=udp"
        settings = signaling.Settings(
            ice=signaling.IceSettings(
                stun_urls=(stun_url,), turn_urls=(turn_url,), secret=services.secret
            ),
            pages=services.pages,
        )
        host, signaling_port = services.signaling_address
        async with _listening(
            Service.SIGNALING,
            services.signaling_address,
            lambda: signaling.serve(
                settings,
                host,
                signaling_port,
                desk=signaling.MemoryDesk(services.queues),
                listeners=listeners,
            ),
        ) as signaling_server:
            url = signaling_server.url
            if host in _WILDCARDS:  # no client could connect to that
                bound = endpoint(signaling_server.addresses[0])
                reachable = endpoint((services.announced_host, signaling_server.addresses[0][1]))
                url = url.replace(bound, reachable)
            yield Running(signaling_server, relay_server, url, stun_url, turn_url)


@asynccontextmanager
async def _listening(
    service: Service,
    address: Address,
    start: Callable[[], AbstractAsyncContextManager[Server]],
) -> AsyncIterator[Server]:
    """Start one server; only what goes wrong while starting is `CannotListenError`."""
    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(start())
        except OSError as error:
            raise CannotListenError(service, address, error) from error
        yield server
