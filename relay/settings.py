"""What an operator decides about a relay; everything has a default that is safe on the internet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address
from pathlib import Path

from relay.announcements import Announcements
from relay.certificates import CertificateFiles
from relay.channels import ChannelNumbers
from relay.coalescing import LONGEST_PAUSE
from relay.dtlslimits import DtlsLimits
from relay.errors import SettingsError
from relay.hooklimits import HookLimits
from relay.interfaces import RelayInterface, family_of, is_wildcard
from relay.policy import OwnAddresses, PeerGate, PeerPolicy
from relay.proxyprotocol import TrustedProxies
from relay.streamlimits import StreamLimits
from relay.users import UserHook
from relay.webhooksettings import WebhookSettings
from stunwire import Address, Family, RestHash

LONGEST_NONCE_LIFETIME = 3600.0
"""RFC 8656 §5: a nonce is to expire "at least once every hour"."""
HIGHEST_PORT = 65535
SHORTEST_NONCE_SECRET = 16
_MOST_PAUSE = 0.01


class PasswordOffer(Enum):
    """Which password algorithms clients are offered (RFC 8489 §9.2)."""

    MD5 = "md5"
    """Only the one that every client knows; the challenge is shorter."""
    MD5_AND_SHA256 = "md5 and sha-256"
    """A client that knows RFC 8489 may take SHA-256; others do not notice."""


class TcpRelay(Enum):
    """Whether allocations may reach peers over TCP (RFC 6062): that way lead more services than over UDP."""

    OFF = "off"
    LISTED = "listed"
    """Only peers in networks that policy allows by name, and each other's relayed addresses."""
    ON = "on"


class Mobility(Enum):
    """Whether clients may take allocations along to another address (RFC 8016)."""

    OFF = "off"
    ON = "on"


class Redirect(Enum):
    """When clients that want an allocation are sent to another server (RFC 8489 §10)."""

    WHILE_DRAINING = "while draining"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of everything one client, or all of them, may have; seconds where it is time.

    Args:
        allocations: live allocations in total.
        allocations_per_user: live allocations of one user.
        allocations_per_source: live allocations of one client address, or one IPv6 /64.
        permissions_per_allocation: peers' addresses with a permission.
        channels_per_allocation: channels bound.
        connections_per_allocation: TCP connections with peers.
        default_lifetime: of an allocation whose client asks for none, or for less (RFC 8656 §7.2).
        longest_lifetime: of an allocation whose client asks for more.
        port_quarantine: how long a freed relay port rests.
        unauthenticated_rate: answers a second to one source address that has shown no credentials.
        unauthenticated_burst: such answers at once.
        unauthenticated_total_rate: such answers a second to all sources together.
        unauthenticated_total_burst: such answers at once, to all together.
        icmp_interval: least time between two ICMP errors that a client is told of.
        discovery_rate: answers a second to one source address that come from elsewhere, go to another
            port, or are padded (RFC 5780).
        discovery_burst: such answers at once.
        bandwidth: payload bytes a second that are relayed in total, both directions together; 0 for no
            limit.
        bandwidth_per_user: the same for all allocations of one user.
    """

    allocations: int = 10_000
    allocations_per_user: int = 100
    allocations_per_source: int = 1_000
    permissions_per_allocation: int = 64
    channels_per_allocation: int = 64
    connections_per_allocation: int = 16
    default_lifetime: int = 600
    longest_lifetime: int = 3600
    port_quarantine: float = 30.0
    unauthenticated_rate: float = 50.0
    unauthenticated_burst: float = 200.0
    unauthenticated_total_rate: float = 20_000.0
    unauthenticated_total_burst: float = 20_000.0
    icmp_interval: float = 0.1
    discovery_rate: float = 10.0
    discovery_burst: float = 40.0
    bandwidth: int = 0
    bandwidth_per_user: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.default_lifetime <= self.longest_lifetime:
            raise SettingsError(
                "expected 0 < default_lifetime <= longest_lifetime, "
                f"got {self.default_lifetime} and {self.longest_lifetime}"
            )
        for name in ("bandwidth", "bandwidth_per_user"):
            if getattr(self, name) < 0:
                raise SettingsError(f"expected {name} of 0 or more, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Settings:
    """A relay's settings.

    Without users and secrets the relay serves STUN alone: nobody gets an allocation.

    Args:
        listen: addresses to serve clients at over UDP; port 0 lets the system choose.
        realm: the realm of the long-term credentials.
        users: passwords by user name.
        users_file: where more users are listed, with passwords or keys (`usersfile`).
        users_file_check: seconds from one look at that file to the next; None for never.
        user_hook: is asked for users that are in neither.
        webhook: a hook over HTTP, in its place.
        hook_limits: how long a hook may think, and how long its answers are good.
        rest_secrets: shared secrets of time-limited credentials, the newest first.
        rest_hashes: which hashes the passwords of time-limited credentials may be made with.
        relay_address: host to relay from, or one of each family; None for the host the client talks to.
        external_address: host to announce in its place, when a one-to-one NAT stands before the relay; or one
            of each family; or `PUBLIC/PRIVATE` for each local address that is mapped.
        port_range: first and last relay port.
        peers: which peers clients may reach.
        limits: quotas, lifetimes and rates.
        nonce_secret: key of the nonces, shared by relays that serve as one; None for a random one.
        nonce_lifetime: seconds a nonce is good for.
        password_algorithms: what clients are offered.
        channel_numbers: which channel numbers clients may bind.
        alternate: another host and another port to serve at, too, each with each: this makes the relay a
            server for NAT behaviour discovery (RFC 5780). It stands beside the first address in `listen`
            that is of its family.
        alternate_servers: other servers, for clients that get no allocation here.
        redirect: when clients are sent there.
        listen_tcp: addresses to serve clients at over TCP.
        listen_tls: addresses to serve clients at over TLS; they need a certificate.
        listen_dtls: addresses to serve clients at over DTLS; they need a certificate.
        certificate: what TLS and DTLS clients are shown.
        certificate_check: seconds from one look at its files to the next, to read them again when they have
            changed; None for never.
        proxies: networks of load balancers whose connections begin with a PROXY header, which says who the
            client is; others come to the same TCP and TLS listeners without one.
        streams: bounds of clients' connections.
        dtls: bounds of clients' sessions over DTLS, of each listener.
        tcp_relay: whether clients that come over TCP or TLS may have peers over TCP, and which.
        longest_pause: seconds by which packets may be held up where they come often, so that more of them
            are taken at once, in a loop of `new_event_loop`; 0 for not at all.
        mobility: whether clients may take allocations along to another address.

    Raises:
        SettingsError: a value cannot be meant.
    """

    listen: tuple[Address, ...] = ()
    realm: str = "hairpin"
    users: Mapping[str, str] = field(default_factory=dict, repr=False)
    users_file: Path | None = None
    users_file_check: float | None = None
    user_hook: UserHook | None = field(default=None, repr=False, compare=False)
    webhook: WebhookSettings | None = None
    hook_limits: HookLimits = field(default_factory=HookLimits)
    rest_secrets: tuple[str | bytes, ...] = field(default=(), repr=False)
    rest_hashes: tuple[RestHash, ...] = (RestHash.SHA1, RestHash.SHA256)
    relay_address: str | tuple[str, ...] | None = None
    external_address: str | tuple[str, ...] | None = None
    port_range: tuple[int, int] = (49152, HIGHEST_PORT)
    peers: PeerPolicy = field(default_factory=PeerPolicy)
    limits: Limits = field(default_factory=Limits)
    nonce_secret: bytes | None = field(default=None, repr=False)
    nonce_lifetime: float = 600.0
    password_algorithms: PasswordOffer = PasswordOffer.MD5_AND_SHA256
    channel_numbers: ChannelNumbers = ChannelNumbers.CURRENT
    alternate: Address | None = None
    alternate_servers: tuple[Address, ...] = ()
    redirect: Redirect = Redirect.WHILE_DRAINING
    listen_tcp: tuple[Address, ...] = ()
    listen_tls: tuple[Address, ...] = ()
    listen_dtls: tuple[Address, ...] = ()
    certificate: CertificateFiles | None = None
    certificate_check: float | None = None
    proxies: tuple[str, ...] = ()
    streams: StreamLimits = field(default_factory=StreamLimits)
    dtls: DtlsLimits = field(default_factory=DtlsLimits)
    tcp_relay: TcpRelay = TcpRelay.OFF
    longest_pause: float = LONGEST_PAUSE
    mobility: Mobility = Mobility.OFF

    def __post_init__(self) -> None:
        for name in ("listen", "listen_tcp", "listen_tls", "listen_dtls"):
            given = getattr(self, name)
            object.__setattr__(self, name, tuple(Address(*address) for address in given))
        self._check_addresses()
        self._check_ports()
        self._check_secrets()
        self._check_nonces()
        self._check_alternate()
        self._check_redirect()
        self._check_certificate()
        self._check_pause()
        TrustedProxies(self.proxies)

    @property
    def has_credentials(self) -> bool:
        """Whether anybody can get an allocation."""
        return bool(self.users or self.rest_secrets or self.users_file or self.has_hook)

    @property
    def has_hook(self) -> bool:
        """Whether somebody is asked for users."""
        return self.user_hook is not None or self.webhook is not None

    def relay_interface(self, server: Address, family: Family) -> RelayInterface | None:
        """Choose the interface for a client of the listener at `server`; None when `family` is not served."""
        for host in self._candidate_hosts(server):
            if family_of(host) is family:
                bound, announced = self._announcements().of(host)
                if not is_wildcard(announced):
                    return RelayInterface(bound, announced, self.ports)
        return None

    @property
    def listeners(self) -> tuple[Address, ...]:
        """The addresses to serve clients at, over whatever transport."""
        return self.listen + self.listen_tcp + self.listen_tls + self.listen_dtls

    @property
    def beside_alternate(self) -> Address | None:
        """The address in `listen` that the alternate one stands beside."""
        if self.alternate is None:
            return None
        family = family_of(self.alternate.host)
        same = (address for address in self.listen if family_of(address.host) is family)
        return next(same, None)

    @property
    def ports(self) -> range:
        """The relay ports."""
        return range(self.port_range[0], self.port_range[1] + 1)

    def gate(self, own: OwnAddresses) -> PeerGate:
        """Make the gate that peers have to pass."""
        only_listed = self.tcp_relay is TcpRelay.LISTED
        return PeerGate(self.peers, own, only_listed_over_tcp=only_listed)

    def relay_interfaces(
        self, listeners: tuple[Address, ...]
    ) -> dict[tuple[Address, Family], RelayInterface]:
        """Choose the interfaces for all listeners, which may have other ports than were asked for."""
        return {
            (server, family): interface
            for server in listeners
            for family in Family
            if (interface := self.relay_interface(server, family)) is not None
        }

    def _candidate_hosts(self, server: Address) -> tuple[str, ...]:
        if self.relay_address is not None:
            return _each(self.relay_address)
        return (server.host, *(address.host for address in self.listeners))

    def _announcements(self) -> Announcements:
        return Announcements.read(_each(self.external_address))

    def _check_addresses(self) -> None:
        if not self.listeners:
            raise SettingsError("expected at least one address to listen on, got none")
        hosts = [address.host for address in self.listeners]
        relays = _each(self.relay_address)
        for host in (*hosts, *relays):
            _check_host(host)
        if len({family_of(host) for host in relays}) < len(relays):
            raise SettingsError(
                f"expected one relay address for each family, got {', '.join(relays)}"
            )
        self._announcements()
        if self.has_credentials and not any(
            self.relay_interface(server, family) for server in self.listeners for family in Family
        ):
            raise SettingsError(
                "expected a relay address or an external address, because a relay that listens on "
                f"{', '.join(hosts)} cannot tell its peers' address for it"
            )

    def _check_ports(self) -> None:
        first, last = self.port_range
        if not 1 <= first <= last <= HIGHEST_PORT:
            raise SettingsError(
                f"expected a port range within 1-{HIGHEST_PORT}, got {first}-{last}"
            )

    def _check_pause(self) -> None:
        if not 0.0 <= self.longest_pause <= _MOST_PAUSE:
            raise SettingsError(
                f"expected longest_pause of 0 to {_MOST_PAUSE} seconds, got {self.longest_pause}"
            )

    def _check_certificate(self) -> None:
        for over, addresses in (("TLS", self.listen_tls), ("DTLS", self.listen_dtls)):
            if addresses and self.certificate is None:
                raise SettingsError(f"expected a certificate to listen with over {over}, got none")
        if self.certificate_check is not None and self.certificate_check <= 0:
            raise SettingsError(
                f"expected certificate_check to be more than 0, got {self.certificate_check}"
            )

    def _check_alternate(self) -> None:
        if self.alternate is None:
            return
        object.__setattr__(self, "alternate", Address(*self.alternate))
        (host, port), beside = self.alternate, self.beside_alternate
        _check_host(host)
        if beside is None:
            raise SettingsError(f"expected an address to listen on of the family of {host}")
        if is_wildcard(host) or is_wildcard(beside.host):
            raise SettingsError(f"expected one host each, got {beside.host} and {host}")
        if host == beside.host or port == beside.port != 0:
            raise SettingsError(
                "expected an alternate address with another host and another port, got "
                f"{host} port {port} beside {beside.host} port {beside.port}"
            )

    def _check_redirect(self) -> None:
        servers = tuple(Address(*server) for server in self.alternate_servers)
        object.__setattr__(self, "alternate_servers", servers)
        for server in servers:
            _check_host(server.host)
        if self.redirect is Redirect.ALWAYS and not servers:
            raise SettingsError("expected alternate servers to send every client to, got none")

    def _check_nonces(self) -> None:
        if not 0 < self.nonce_lifetime <= LONGEST_NONCE_LIFETIME:
            raise SettingsError(
                f"expected a nonce_lifetime of more than 0 and at most {LONGEST_NONCE_LIFETIME:.0f} "
                f"seconds, got {self.nonce_lifetime}"
            )
        if self.nonce_secret is not None and len(self.nonce_secret) < SHORTEST_NONCE_SECRET:
            raise SettingsError(
                f"expected a nonce_secret of {SHORTEST_NONCE_SECRET} bytes or more, "
                f"got {len(self.nonce_secret)}"
            )

    def _check_secrets(self) -> None:
        if not self.realm:
            raise SettingsError("expected a realm, got an empty one")
        if not all(self.rest_secrets):
            raise SettingsError("expected secrets for time-limited credentials, got an empty one")
        if not self.rest_hashes:
            raise SettingsError("expected a hash for time-limited credentials, got none")
        if not all(self.users.values()):
            raise SettingsError("expected a password for every user, got an empty one")
        if self.user_hook is not None and self.webhook is not None:
            raise SettingsError("expected a user hook or a webhook, got both")
        if self.users_file_check is not None and self.users_file_check <= 0:
            raise SettingsError(
                f"expected users_file_check to be more than 0, got {self.users_file_check}"
            )


def _each(hosts: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """Give all of what may be none, one or several."""
    match hosts:
        case None:
            return ()
        case str():
            return (hosts,)
    return hosts


def _check_host(host: str) -> None:
    try:
        ip_address(host)
    except ValueError as error:
        raise SettingsError(f"expected an IP address, got {host!r}") from error
