"""What an operator may choose, and what is chosen otherwise."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one session and one room; sizes in bytes, rates per second.

    A frame above `message` is answered with 413 and ends the session. Up to twice that size is
    read at all; the websocket layer closes on anything larger.
    """

    message: int = 64 * 1024
    rate: float = 20.0
    burst: int = 100
    rooms: int = 8
    peers: int = 16
    meta: int = 1024
    outbox: int = 256 * 1024
    remembered_mids: int = 256


@dataclass(frozen=True, slots=True)
class IceSettings:
    """The STUN and TURN servers that members are told of.

    Args:
        secret: Shared with the TURN servers; credentials are minted from it.
        ttl: Seconds a minted credential is good for.
    """

    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    secret: str | bytes | None = field(default=None, repr=False)
    ttl: float = 4 * 3600.0

    def __post_init__(self) -> None:
        if self.turn_urls and not self.secret:
            raise ValueError("turn_urls need the secret that they share with the TURN servers")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about a signaling server but its address; times in seconds.

    Args:
        origins: Origins that browsers may connect from; `None` means any. A client that sends no
            Origin is no browser, and is let in.
        close_timeout: How long a closing handshake may take before the socket is cut.
    """

    ice: IceSettings = field(default_factory=IceSettings)
    limits: Limits = field(default_factory=Limits)
    node: str = "local"
    region: str = ""
    origins: tuple[str | re.Pattern[str], ...] | None = None
    hello_timeout: float = 5.0
    open_timeout: float = 5.0
    close_timeout: float = 2.0
    ping_interval: float = 20.0
    ping_timeout: float = 20.0
    reconnect_spread: float = 2.0
