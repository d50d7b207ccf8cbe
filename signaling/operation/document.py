"""A configuration as it stands in a TOML file, or as a command line says the same.

Keys are written with hyphens; what is not said is unset. Each secret may be said as it is, or by the name of a
file that holds it (`…-file`), or by the name of a variable in the environment (`…-env`).
"""

import dataclasses
import math
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from signaling.faults import SettingsError
from signaling.identity.staticrooms import Unlisted
from signaling.identity.tokengate import Tokenless
from signaling.matchmaking.configuration.file import QueueTable
from signaling.messages import Topology
from signaling.operation.explaining import explain, name_places
from signaling.orders import Duplicates
from signaling.settings import Limits

LARGEST = 1 << 20


class Table(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A table whose keys are known."""


def _numbers(name: str, bounds: type) -> Any:
    """A table with the fields of a dataclass of numbers."""
    fields: list[tuple[str, Any, Any]] = [
        (field.name, field.type | UnsetType, UNSET)
        for field in dataclasses.fields(bounds)
        if isinstance(field.type, type)
    ]
    return msgspec.defstruct(
        name, fields, bases=(Table,), rename="kebab", forbid_unknown_fields=True, frozen=True
    )


LimitsTable: Any = _numbers("LimitsTable", Limits)


class TlsTable(Table, frozen=True):
    """The certificate with its chain, and its key: files in PEM."""

    certificate: str | None = None
    key: str | None = None


class RelayTable(Table, frozen=True):
    """TURN servers that share a secret."""

    urls: tuple[str, ...]
    region: str = ""
    secret: str | None = None
    secret_file: str | None = None
    secret_env: str | None = None


class IceTable(Table, frozen=True):
    """STUN and TURN servers: `turn` with its secret stands anywhere, `relays` each in its region."""

    stun: tuple[str, ...] = ()
    turn: tuple[str, ...] = ()
    secret: str | None = None
    secret_file: str | None = None
    secret_env: str | None = None
    ttl: float | None = None
    most: int | None = None
    relays: tuple[RelayTable, ...] = ()


class JwtTable(Table, frozen=True):
    """Tokens: the files with the keys, and what is expected of a token besides its signature."""

    key_files: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    issuer: tuple[str, ...] = ()
    leeway: float | None = None
    longest: float | None = None
    needs_expiry: bool | None = None
    tokenless: Tokenless | None = None


class AuthnWebhookTable(Table, frozen=True):
    """A webhook that is asked who may join."""

    url: str | None = None
    secret: str | None = None
    secret_file: str | None = None
    secret_env: str | None = None
    deadline: float | None = None
    waiting: int | None = None


class RoomTable(Table, frozen=True):
    """What holds for a room, or for all that a pattern fits."""

    key: str | None = None
    key_file: str | None = None
    key_env: str | None = None
    former_key: str | None = None
    max: int | None = None
    topology: Topology | None = None


class WebhookTable(Table, frozen=True):
    """A webhook that is told what happens."""

    url: str
    secret: str | None = None
    secret_file: str | None = None
    secret_env: str | None = None
    former_secret: str | None = None
    events: tuple[str, ...] | None = None
    waiting: int | None = None
    deadline: float | None = None


class LogTable(Table, frozen=True):
    """What is logged, and how it looks."""

    level: str | None = None
    format: str | None = None


class Document(Table, frozen=True):
    """Everything that a file or a command line may say.

    Attributes:
        listen: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH` of each listener.
        transport: `websockets` or `picows`.
        node: The name of this node, other than that of every other node.
        region: Where it stands.
        redis: The URL of the Redis or Valkey that the nodes share.
        metrics: `HOST:PORT` of a listener for metrics and health alone.
        admin: Path of the unix socket that operators ask at.
        origins: Pages that may connect.
        trusted_proxies: Networks whose `X-Forwarded-For` is believed.
        drain_for: Seconds that clients have to leave when the server is told to stop; by default 30 with other
            nodes, and 5 without.
        unlisted_rooms: Whether rooms that `rooms` does not name are `open` or `refused`.
        rooms: Rules of rooms by name or pattern.
        webhooks: Who is told what happens.
        queues: Where players wait to be put into matches, by name.
    """

    listen: tuple[str, ...] = ()
    transport: str | None = None
    node: str | None = None
    region: str | None = None
    redis: str | None = None
    redis_file: str | None = None
    redis_env: str | None = None
    metrics: str | None = None
    admin: str | None = None
    origins: tuple[str, ...] | None = None
    trusted_proxies: tuple[str, ...] = ()
    resume_for: float | None = None
    resume_key: str | None = None
    resume_key_file: str | None = None
    resume_key_env: str | None = None
    duplicates: Duplicates | None = None
    anonymous_hosts: bool | None = None
    hello_timeout: float | None = None
    open_timeout: float | None = None
    close_timeout: float | None = None
    ping_interval: float | None = None
    ping_timeout: float | None = None
    reconnect_spread: float | None = None
    drain_for: float | None = None
    unlisted_rooms: Unlisted | None = None
    tls: TlsTable = TlsTable()
    limits: LimitsTable = LimitsTable()
    ice: IceTable = IceTable()
    jwt: JwtTable = JwtTable()
    authn_webhook: AuthnWebhookTable = AuthnWebhookTable()
    rooms: dict[str, RoomTable] = {}
    webhooks: tuple[WebhookTable, ...] = ()
    queues: dict[str, QueueTable] = {}
    log: LogTable = LogTable()

    def laid_over(self, under: "Document") -> "Document":
        """This document on top of another: whatever it says wins, a list as a whole."""
        laid: Document = _laid(self, under)
        return laid


def read_document(path: Path) -> Document:
    """Read a TOML file.

    Raises:
        SettingsError: It cannot be read, is not TOML, or has a key or value that is not expected.
    """
    try:
        with path.open("rb") as opened:
            return decode_document(opened.read(LARGEST + 1))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}") from error
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def decode_document(text: bytes) -> Document:
    """Decode a TOML document.

    Raises:
        SettingsError: It is not TOML, or has a key or value that is not expected.
    """
    if len(text) > LARGEST:
        raise SettingsError(f"expected at most {LARGEST} bytes, got {len(text)}")
    try:
        document = msgspec.toml.decode(text, type=Document)
        _check_numbers(msgspec.to_builtins(document), "")
    except msgspec.ValidationError as error:
        where = name_places(explain(error, Document), msgspec.toml.decode(text), Document)
        raise SettingsError(where) from None  # the text may hold a secret
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"no TOML: {str(error)[:200]}") from None
    return document


def _check_numbers(value: Any, key: str) -> None:
    """Refuse what TOML has and no setting can be: infinity, and what is no number."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _check_numbers(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            _check_numbers(inner, f"{key}[{number}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise SettingsError(f"{key}: expected a number, got {value}")


def said(table: msgspec.Struct) -> dict[str, Any]:
    """What a table says; the rest keeps its default."""
    values = msgspec.structs.asdict(table)
    return {name: value for name, value in values.items() if value not in (None, UNSET)}


def _laid(ours: Any, theirs: Any) -> Any:
    own = {name for name in ours.__struct_fields__ if _is_said(getattr(ours, name))}
    secrets = {_secret_of(name) for name in own}
    fields = {}
    for name in ours.__struct_fields__:
        one, other = getattr(ours, name), getattr(theirs, name)
        if isinstance(one, Table):
            fields[name] = _laid(one, other)
        elif name in own or _secret_of(name) in secrets:  # one way to say a secret beats the others
            fields[name] = one
        else:
            fields[name] = other
    return type(ours)(**fields)


def _is_said(value: Any) -> bool:
    return value not in (None, UNSET, (), {}) and not isinstance(value, Table)


def _secret_of(name: str) -> str:
    """The secret that a field has to do with, or the field itself."""
    return name.removesuffix("_file").removesuffix("_env")
