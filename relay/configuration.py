"""A relay's configuration as a TOML document: read, checked, laid over by flags, made into settings.

Unknown keys are refused, and a value that cannot be meant is named with what was expected. Keys are
written with hyphens; `[users]` maps names to passwords, `[limits]` has the fields of `Limits`, `[webhook]` those of
`HookLimits` beside `url` and `secret`.
"""

import dataclasses
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from relay.certificates import CertificateFiles
from relay.channels import ChannelNumbers
from relay.dtlslimits import DtlsLimits
from relay.errors import SettingsError
from relay.hooklimits import HookLimits
from relay.policy import PeerPolicy, Reach
from relay.settings import (
    HIGHEST_PORT,
    Limits,
    Mobility,
    PasswordOffer,
    Redirect,
    Settings,
    TcpRelay,
)
from relay.streamlimits import StreamLimits
from relay.webhooksettings import WebhookSettings
from stunwire import Address, RestHash

T = TypeVar("T")

_DEFAULTS = Settings(listen=(Address("127.0.0.1", 3478),))
_IPV4, _IPV6 = 4, 6
CERTIFICATE_CHECK = 60.0
"""Seconds from one look at the certificate's files to the next."""
CHANNEL_NUMBERS = ChannelNumbers.OLD
"""A relay that serves whoever comes takes old clients' numbers, too: Debian's coturn client draws from all."""
USERS_FILE_CHECK = 5.0
"""Seconds from one look at the users file to the next."""


def _table(bounds: type, *texts: str) -> Any:
    """A table with the fields of a dataclass of numbers, and some texts; each may be left out."""
    kinds: dict[str, Any] = {field.name: field.type for field in dataclasses.fields(bounds)}
    kinds |= dict.fromkeys(texts, str)
    fields: list[tuple[str, Any, Any]] = [
        (name, kind | msgspec.UnsetType, msgspec.UNSET)
        for name, kind in kinds.items()
        if isinstance(kind, type)
    ]
    return msgspec.defstruct(
        f"{bounds.__name__}Table", fields, rename="kebab", forbid_unknown_fields=True, frozen=True
    )


_LimitsTable: Any = _table(Limits)
_StreamsTable: Any = _table(StreamLimits)
_DtlsTable: Any = _table(DtlsLimits)
WebhookTable: Any = _table(HookLimits, "url", "secret")


class Document(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """Everything that a file or flags may say; what is not said is `None` or empty.

    Attributes:
        listen: `HOST:PORT` or `[IPV6]:PORT` to serve clients at over UDP and TCP.
        udp_listen: The same over UDP alone.
        tcp_listen: The same over TCP alone.
        tls_listen: The same over TLS.
        dtls_listen: The same over DTLS.
        tls_cert: File with the certificate and its chain, in PEM.
        tls_key: File with its key.
        alternate: Another host and port, for NAT behaviour discovery (RFC 5780).
        realm: The realm of the long-term credentials.
        users: Passwords by user name.
        users_file: A file with more users, which is read again when it has changed.
        webhook: Where users are asked for that are in neither, and for how long.
        rest_secrets: Shared secrets of time-limited credentials, the newest first.
        rest_hashes: Which hashes such passwords may be made with: `sha1`, `sha256`.
        nonce_secret: Key of the nonces, 16 bytes or more, which the relays of a fleet share; a random one
            if nothing is said.
        nonce_lifetime: Seconds that a nonce is good for.
        password_algorithms: What clients are offered: `md5 and sha-256`, or `md5` alone.
        relay_ip: The address to relay from, or one of each family.
        external_ip: The address to announce in its place, or one of each family, or PUBLIC/PRIVATE for
            each that is mapped. A list of these is one value: flags win over it as a whole.
        min_port: First relay port.
        max_port: Last relay port.
        allow_peers: Networks that clients may reach whatever the rest says.
        deny_peers: Networks that they may not.
        local_peers: Whether loopback and private networks may be reached.
        alternate_servers: `HOST:PORT` of other servers, for clients that get no allocation here.
        redirect: When clients are sent there: `while draining` or `always`.
        proxies: Networks of load balancers whose connections begin with a PROXY header.
        tcp_relay: Whether peers may be reached over TCP (RFC 6062); those in allowed networks and each
            other's relayed addresses alone, if nothing is said.
        channel_numbers: Which channel numbers clients may bind: `rfc-8656`, or `rfc-5766`, which has all of
            those and more, and is what this takes when nothing is said.
        longest_pause: Seconds by which packets may be held up to take more of them at once.
        mobility: Whether clients may take allocations along to another address (RFC 8016).
        metrics: `HOST:PORT` of the listener for metrics and health.
        admin: path of the unix socket that operators ask at.
        limits: Quotas, lifetimes and rates.
        streams: Bounds of clients' TCP and TLS connections.
        dtls: Bounds of clients' DTLS sessions.
    """

    listen: tuple[str, ...] = ()
    udp_listen: tuple[str, ...] = ()
    tcp_listen: tuple[str, ...] = ()
    tls_listen: tuple[str, ...] = ()
    dtls_listen: tuple[str, ...] = ()
    tls_cert: str | None = None
    tls_key: str | None = None
    alternate: str | None = None
    realm: str | None = None
    users: dict[str, str] = {}
    users_file: str | None = None
    rest_secrets: tuple[str, ...] = ()
    rest_hashes: tuple[RestHash, ...] = ()
    nonce_secret: str | None = None
    nonce_lifetime: float | None = None
    password_algorithms: PasswordOffer | None = None
    relay_ip: str | list[str] | None = None
    external_ip: str | list[str] | None = None
    min_port: int | None = None
    max_port: int | None = None
    allow_peers: tuple[str, ...] = ()
    deny_peers: tuple[str, ...] = ()
    local_peers: bool = False
    alternate_servers: tuple[str, ...] = ()
    redirect: Redirect | None = None
    proxies: tuple[str, ...] = ()
    tcp_relay: bool | None = None
    channel_numbers: ChannelNumbers | None = None
    longest_pause: float | None = None
    mobility: bool = False
    metrics: str | None = None
    admin: str | None = None
    limits: _LimitsTable = _LimitsTable()
    streams: _StreamsTable = _StreamsTable()
    dtls: _DtlsTable = _DtlsTable()
    webhook: WebhookTable = WebhookTable()

    def laid_over(self, under: "Document") -> "Document":
        """This document on top of another: single values win, lists and users are added."""
        laid: Document = _merged(self, under, Document())
        return laid


@dataclass(frozen=True, slots=True)
class Configuration:
    """A relay's settings, and where its operators find it.

    Attributes:
        settings: Of the relay.
        metrics: Where to serve metrics and health, or `None`.
        admin: The unix socket to answer operators at, or `None`.
    """

    settings: Settings
    metrics: Address | None = None
    admin: Path | None = None


def read_document(path: Path) -> Document:
    """Read a TOML file.

    Raises:
        SettingsError: It cannot be read, is not TOML, or has a key or value that is not expected.
    """
    try:
        return decode_document(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}") from error
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def decode_document(text: bytes) -> Document:
    """Decode a TOML document.

    Raises:
        SettingsError: It is not TOML, or has a key or value that is not expected.
    """
    try:
        return msgspec.toml.decode(text, type=Document)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(str(error)) from error


def make_configuration(document: Document) -> Configuration:
    """Turn a document into settings.

    Raises:
        SettingsError: A value cannot be meant; the message names the key.
    """
    first, last = _DEFAULTS.port_range
    udp = _addresses("udp-listen", document.udp_listen)
    tcp = _addresses("tcp-listen", document.tcp_listen)
    tls = _addresses("tls-listen", document.tls_listen)
    dtls = _addresses("dtls-listen", document.dtls_listen)
    webhook, hook_limits = _webhook(document)
    both = _addresses("listen", document.listen)
    if not (both or udp or tcp or tls or dtls):
        both = _DEFAULTS.listen
    settings = Settings(
        listen=both + udp,
        listen_tcp=both + tcp,
        listen_tls=tls,
        listen_dtls=dtls,
        realm=_or_default(document.realm, _DEFAULTS.realm),
        users=document.users,
        users_file=None if document.users_file is None else Path(document.users_file),
        users_file_check=USERS_FILE_CHECK,
        webhook=webhook,
        hook_limits=hook_limits,
        rest_secrets=document.rest_secrets,
        rest_hashes=document.rest_hashes or _DEFAULTS.rest_hashes,
        **_challenges(document),
        relay_address=_one_or_several(document.relay_ip),
        external_address=_one_or_several(document.external_ip),
        port_range=(
            _or_default(document.min_port, first),
            _or_default(document.max_port, last),
        ),
        peers=PeerPolicy(
            reach=Reach.LOCAL if document.local_peers else Reach.PUBLIC,
            allow=document.allow_peers,
            deny=document.deny_peers,
        ),
        limits=Limits(**_said(document.limits)),
        alternate=_optional_address("alternate", document.alternate),
        alternate_servers=_addresses("alternate-servers", document.alternate_servers),
        redirect=_or_default(document.redirect, _DEFAULTS.redirect),
        proxies=document.proxies,
        certificate=_certificate(document),
        certificate_check=CERTIFICATE_CHECK,
        streams=StreamLimits(**_said(document.streams)),
        dtls=DtlsLimits(**_said(document.dtls)),
        tcp_relay=_tcp_relay(document.tcp_relay),
        channel_numbers=_or_default(document.channel_numbers, CHANNEL_NUMBERS),
        longest_pause=_or_default(document.longest_pause, _DEFAULTS.longest_pause),
        mobility=Mobility.ON if document.mobility else Mobility.OFF,
    )
    return Configuration(
        settings,
        _optional_address("metrics", document.metrics),
        None if document.admin is None else Path(document.admin),
    )


def parse_address(key: str, text: str) -> Address:
    """Read `ADDRESS:PORT` or `[IPV6]:PORT`.

    Raises:
        SettingsError: It is neither.
    """
    host, _, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if bracketed else host
    version = _IPV6 if bracketed else _IPV4
    if not _is_address(bare, version) or not port.isdecimal() or int(port) > HIGHEST_PORT:
        raise SettingsError(f"{key}: expected ADDRESS:PORT or [IPV6]:PORT, got {text!r}")
    return Address(bare, int(port))


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


def _addresses(key: str, texts: tuple[str, ...]) -> tuple[Address, ...]:
    return tuple(parse_address(key, text) for text in texts)


def _optional_address(key: str, text: str | None) -> Address | None:
    return None if text is None else parse_address(key, text)


def _one_or_several(value: str | list[str] | None) -> str | tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) else value


def _or_default(value: T | None, default: T) -> T:
    return default if value is None else value


def _tcp_relay(said: bool | None) -> TcpRelay:  # noqa: FBT001 - as the file has it
    return TcpRelay.LISTED if said is None else TcpRelay.ON if said else TcpRelay.OFF


def _challenges(document: Document) -> dict[str, Any]:
    """What clients that have shown no credentials are told."""
    secret, offer = document.nonce_secret, document.password_algorithms
    return {
        "nonce_secret": None if secret is None else secret.encode(),
        "nonce_lifetime": _or_default(document.nonce_lifetime, _DEFAULTS.nonce_lifetime),
        "password_algorithms": _or_default(offer, _DEFAULTS.password_algorithms),
    }


def _certificate(document: Document) -> CertificateFiles | None:
    if document.tls_cert is None and document.tls_key is None:
        return None
    if document.tls_cert is None or document.tls_key is None:
        raise SettingsError("tls-cert and tls-key: expected both or none")
    return CertificateFiles(Path(document.tls_cert), Path(document.tls_key))


def _webhook(document: Document) -> tuple[WebhookSettings | None, HookLimits]:
    limits = _said(document.webhook)
    url, secret = limits.pop("url", None), limits.pop("secret", None)
    if url is not None and secret is not None:
        return WebhookSettings(url, secret), HookLimits(**limits)
    if url is None and secret is None and not limits:
        return None, HookLimits()
    missing = "a url" if url is None else "a secret"
    raise SettingsError(f"webhook: expected {missing}, got none")


def _said(table: Any) -> dict[str, Any]:
    """What a table sets; the rest keeps its default."""
    return {
        name: value
        for name, value in msgspec.structs.asdict(table).items()
        if value is not msgspec.UNSET
    }


def _merged(ours: Any, theirs: Any, unsaid: Any) -> Any:
    """Lay one value over another of its kind; `unsaid` is what stands where nothing was said."""
    match ours:
        case msgspec.Struct():
            blank = type(ours)()
            fields = {
                name: _merged(getattr(ours, name), getattr(theirs, name), getattr(blank, name))
                for name in ours.__struct_fields__
            }
            return type(ours)(**fields)
        case tuple():
            return ours + theirs
        case dict():
            return theirs | ours
        case _:
            return theirs if ours == unsaid else ours
