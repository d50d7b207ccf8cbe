"""Whom to examine, as whom, and what is expected of it."""

from dataclasses import dataclass, field

from relay.fivetuple import Transport
from stunwire import RestHash, mint, rest_expiry


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and its password, as a client shows them."""

    username: str
    password: str = field(repr=False)

    @property
    def expires(self) -> int | None:
        """When a time-limited name ends, in Unix time; None for another name."""
        return rest_expiry(self.username) if ":" in self.username else None


@dataclass(frozen=True, slots=True)
class Secret:
    """A shared secret, from which time-limited credentials are made."""

    secret: str = field(repr=False)
    user: str = "doctor"
    algorithm: RestHash = RestHash.SHA1

    def login(self, unix_now: float, ttl: float) -> Login:
        """Make a credential that ends `ttl` seconds from now; that may be in the past."""
        made = mint(self.secret, self.user, ttl, unix_now, self.algorithm)
        return Login(made.username, made.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One listener of a relay.

    Args:
        host: its name or address.
        port: its port.
        transport: how it is asked.
        access: what a client shows; None to look at STUN alone.
        realm: the realm that is expected; None for any.
        external: addresses of which relayed ones are expected to be; empty for any.
        name: whom its certificate has to be for; None for the host.
    """

    host: str
    port: int
    transport: Transport = Transport.UDP
    access: Login | Secret | None = None
    realm: str | None = None
    external: tuple[str, ...] = ()
    name: str | None = None

    @property
    def text(self) -> str:
        """`HOST:PORT`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
