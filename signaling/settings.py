"""What an operator may choose, and what is chosen otherwise."""

import re
from dataclasses import dataclass, field

from signaling.orders import Duplicates
from signaling.pages import Pages


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one session and one room; sizes in bytes, rates per second.

    A frame above `message` is answered with 413 and ends the session. Up to twice that size is
    read at all; the websocket layer closes on anything larger.

    Attributes:
        joins: `join` and `mm.enqueue` requests per second of a session, after a burst of `joins_burst`.
        tickets: Tickets and running matches of a session, at most.
        peers: Members of a room, at most and by default.
        ring: Messages that are kept for a session until it acknowledges them, at most.
        ring_bytes: Their bytes, at most.
        rings: Bytes of all sessions together; beyond that the session that adds to them keeps nothing.
        connections: New connections per second from one address, after a burst of `connections_burst`.
        connections_held: Connections at once from one address.
        sessions: Sessions at once on this node.
    """

    message: int = 64 * 1024
    rate: float = 20.0
    burst: int = 100
    joins: float = 5.0
    joins_burst: int = 20
    tickets: int = 4
    rooms: int = 8
    peers: int = 16
    meta: int = 1024
    outbox: int = 256 * 1024
    remembered_mids: int = 256
    ring: int = 256
    ring_bytes: int = 256 * 1024
    rings: int = 256 * 1024 * 1024
    connections: float = 10.0
    connections_burst: int = 100
    connections_held: int = 1000
    sessions: int = 100_000


OF_SOCKETS = ("message", "outbox", "connections", "connections_burst", "connections_held")
"""Limits that a running server cannot change."""


@dataclass(frozen=True, slots=True)
class TurnRelay:
    """TURN servers that share a secret, and where they stand.

    Args:
        urls: How they are reached (RFC 7065).
        secret: Shared with them; credentials are minted from it.
        region: Words joined by `-`, from the large to the small, such as `eu-west`; empty if it does not matter.
    """

    urls: tuple[str, ...]
    secret: str | bytes = field(repr=False)
    region: str = ""

    def __post_init__(self) -> None:
        if not self.urls or not self.secret:
            raise ValueError("a relay needs a URL and the secret that signaling shares with it")


@dataclass(frozen=True, slots=True)
class IceSettings:
    """The STUN and TURN servers that members are told of.

    Args:
        turn_urls: Of relays that stand anywhere.
        secret: Shared with these; credentials are minted from it.
        ttl: Seconds a minted credential is good for.
        relays: Relays with regions and secrets of their own.
        most: Relays that one client is told of, at most: the nearest. Each costs it time to gather.
    """

    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    secret: str | bytes | None = field(default=None, repr=False)
    ttl: float = 4 * 3600.0
    relays: tuple[TurnRelay, ...] = ()
    most: int = 4

    def __post_init__(self) -> None:
        if self.turn_urls and not self.secret:
            raise ValueError("turn_urls need the secret that they share with the TURN servers")
        if self.ttl < 1.0 or self.most < 1:
            raise ValueError("expected a ttl of at least 1 s, and at least one relay for a client")

    @property
    def every_relay(self) -> tuple[TurnRelay, ...]:
        """The relays that stand anywhere, and those with a region."""
        if not self.turn_urls:
            return self.relays
        assert self.secret is not None
        return (TurnRelay(self.turn_urls, self.secret), *self.relays)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about a signaling server but its address; times in seconds.

    Args:
        origins: Pages that may connect, by their origin: exact, with `*` for a label, `*` alone for all.
            Where nothing is said, pages of this machine alone may connect from this machine, and any
            page from elsewhere (`signaling.origins` says why). A client without an Origin is no
            browser, and is let in.
        names: Of the server itself: its own pages may connect from this machine under these, too.
        trusted_proxies: Networks whose `X-Forwarded-For` is believed; `unix` for Unix sockets.
        resume_for: Seconds that a session is kept for a client that said it can come back.
        resume_key: Signs resume tokens; a random one by default, so that no token outlives the server.
            With the same key on all nodes and after a restart, a client's earlier session can at least
            be known for its own.
        duplicates: What happens when one subject enters a room twice.
        anonymous_hosts: Whether the one who opens a room becomes its host without a token that says so.
        close_timeout: How long a closing handshake may take before the socket is cut.
        pages: What is served beside the websocket, to whoever asks; pages from here may connect.
    """

    ice: IceSettings = field(default_factory=IceSettings)
    limits: Limits = field(default_factory=Limits)
    node: str = "local"
    region: str = ""
    origins: tuple[str | re.Pattern[str], ...] | None = None
    names: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    resume_for: float = 30.0
    resume_key: bytes | None = field(default=None, repr=False)
    duplicates: Duplicates = Duplicates.REJECT
    anonymous_hosts: bool = True
    hello_timeout: float = 5.0
    open_timeout: float = 5.0
    close_timeout: float = 2.0
    ping_interval: float = 20.0
    ping_timeout: float = 20.0
    reconnect_spread: float = 2.0
    pages: Pages | None = None
