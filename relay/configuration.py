"""A relay's configuration as a TOML document: read, checked, laid over by flags, made into settings.

Unknown keys are refused, and a value that cannot be meant is named with what was expected. Keys are
written with hyphens; `[users]` maps names to passwords, `[limits]` has the fields of `Limits`.
"""

import dataclasses
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from relay.errors import SettingsError
from relay.policy import PeerPolicy, Reach
from relay.settings import HIGHEST_PORT, Limits, Settings
from stunwire import Address

_DEFAULTS = Settings(listen=(Address("127.0.0.1", 3478),))
_IPV4, _IPV6 = 4, 6


def _limits_table() -> type[msgspec.Struct]:
    """A table with the fields of `Limits`, each of which may be left out."""
    fields: list[tuple[str, Any, Any]] = [
        (field.name, field.type | msgspec.UnsetType, msgspec.UNSET)
        for field in dataclasses.fields(Limits)
        if isinstance(field.type, type)
    ]
    return msgspec.defstruct(
        "LimitsTable", fields, rename="kebab", forbid_unknown_fields=True, frozen=True
    )


_LimitsTable: Any = _limits_table()


class Document(
    msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True
):
    """Everything that a file or flags may say; what is not said is `None` or empty.

    Attributes:
        listen: `HOST:PORT` or `[IPV6]:PORT` to serve clients at over UDP.
        realm: The realm of the long-term credentials.
        users: Passwords by user name.
        rest_secrets: Shared secrets of time-limited credentials, the newest first.
        relay_ip: The address to relay from.
        external_ip: The address to announce in its place.
        min_port: First relay port.
        max_port: Last relay port.
        allow_peers: Networks that clients may reach whatever the rest says.
        deny_peers: Networks that they may not.
        local_peers: Whether loopback and private networks may be reached.
        metrics: `HOST:PORT` of the listener for metrics and health.
        limits: Quotas, lifetimes and rates.
    """

    listen: tuple[str, ...] = ()
    realm: str | None = None
    users: dict[str, str] = {}
    rest_secrets: tuple[str, ...] = ()
    relay_ip: str | None = None
    external_ip: str | None = None
    min_port: int | None = None
    max_port: int | None = None
    allow_peers: tuple[str, ...] = ()
    deny_peers: tuple[str, ...] = ()
    local_peers: bool = False
    metrics: str | None = None
    limits: _LimitsTable = _LimitsTable()

    def laid_over(self, under: "Document") -> "Document":
        """This document on top of another: single values win, lists and users are added."""
        ours, theirs = msgspec.structs.asdict(self), msgspec.structs.asdict(under)
        merged = {name: _merged(ours[name], theirs[name]) for name in ours if name != "limits"}
        limits = self.limits if self.limits != _LimitsTable() else under.limits
        return Document(**merged, limits=limits)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A relay's settings, and where its metrics are served.

    Attributes:
        settings: Of the relay.
        metrics: Where to serve metrics and health, or `None`.
    """

    settings: Settings
    metrics: Address | None = None


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
    settings = Settings(
        listen=tuple(parse_address("listen", text) for text in document.listen) or _DEFAULTS.listen,
        realm=_DEFAULTS.realm if document.realm is None else document.realm,
        users=document.users,
        rest_secrets=document.rest_secrets,
        relay_address=document.relay_ip,
        external_address=document.external_ip,
        port_range=(
            first if document.min_port is None else document.min_port,
            last if document.max_port is None else document.max_port,
        ),
        peers=PeerPolicy(
            reach=Reach.LOCAL if document.local_peers else Reach.PUBLIC,
            allow=document.allow_peers,
            deny=document.deny_peers,
        ),
        limits=_limits(document.limits),
    )
    metrics = None if document.metrics is None else parse_address("metrics", document.metrics)
    return Configuration(settings, metrics)


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


def _limits(table: Any) -> Limits:
    said = {
        name: value
        for name, value in msgspec.structs.asdict(table).items()
        if value is not msgspec.UNSET
    }
    return Limits(**said)


def _merged(ours: Any, theirs: Any) -> Any:
    match ours:
        case tuple():
            return ours + theirs
        case dict():
            return theirs | ours
        case bool():
            return ours or theirs
        case _:
            return theirs if ours is None else ours
