"""What a document means: settings of the server, and where its operators find it; or what cannot be meant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from signaling.faults import SettingsError
from signaling.identity.keys import SHORTEST_SECRET
from signaling.identity.staticrooms import RoomRules, Unlisted
from signaling.identity.tokengate import Tokenless
from signaling.identity.tokens import TokenRules
from signaling.identity.webhook import WebhookSettings
from signaling.matchmaking.configuration.file import make_queue
from signaling.matchmaking.configuration.queues import Queue
from signaling.operation.document import (
    Document,
    RelayTable,
    RoomTable,
    WebhookTable,
    said,
)
from signaling.operation.endpoints import Endpoint
from signaling.operation.secretsource import SecretSource
from signaling.settings import IceSettings, Limits, Settings, TurnRelay
from signaling.transports.accepting import Place
from signaling.transports.listener import Transport

DEFAULT_LISTEN = ("127.0.0.1", 8080)
DRAIN_FOR = 30.0
"""Seconds to leave where other nodes can take sessions over."""
DRAIN_ALONE_FOR = 5.0
"""Seconds to leave where there is nowhere else to go: clients wait, and start again at the server's successor."""
HIGHEST_PORT = 65535
UNIX = "unix:"

Choice = TypeVar("Choice", bound=Enum)


class Level(Enum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Format(Enum):
    """How a line of the log looks."""

    CONSOLE = "console"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged, and how it looks."""

    level: Level = Level.INFO
    format: Format = Format.CONSOLE


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """Who may come in: tokens, rooms that are named, a webhook that is asked; each if it is said.

    Attributes:
        key_files: With the keys of tokens; without any, tokens are not looked at.
    """

    key_files: tuple[Path, ...] = ()
    rules: TokenRules = field(default_factory=TokenRules)
    tokenless: Tokenless = Tokenless.REFUSED
    rooms: dict[str, RoomRules] = field(default_factory=dict)
    unlisted: Unlisted = Unlisted.OPEN
    webhook: WebhookSettings | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """A server's settings, and what stands around it.

    Attributes:
        node: As it was said, or None; the name in `settings` is then that of a single node.
        certificate: The files of certificate and key, if TLS is spoken.
    """

    settings: Settings = field(default_factory=Settings)
    listen: tuple[Place, ...] = (DEFAULT_LISTEN,)
    transport: Transport = Transport.WEBSOCKETS
    node: str | None = None
    redis: str | None = field(default=None, repr=False)
    certificate: tuple[Path, Path] | None = None
    metrics: tuple[str, int] | None = None
    admin: Path | None = None
    drain_for: float = DRAIN_ALONE_FOR
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    webhooks: tuple[Endpoint, ...] = ()
    queues: tuple[Queue, ...] = ()
    log: LogSettings = LogSettings()


def make_configuration(document: Document, environment: Mapping[str, str]) -> Configuration:
    """Turn a document into settings.

    Raises:
        SettingsError: A value cannot be meant; the message names the key.
    """
    redis = _redis(document, environment)
    return Configuration(
        settings=_settings(document, environment),
        listen=tuple(parse_place("listen", text) for text in document.listen) or (DEFAULT_LISTEN,),
        transport=_choice("transport", Transport, document.transport, Transport.WEBSOCKETS),
        node=_node(document.node),
        redis=redis,
        certificate=_certificate(document),
        metrics=None if document.metrics is None else _address("metrics", document.metrics),
        admin=None if document.admin is None else Path(document.admin),
        drain_for=_positive(
            "drain-for", document.drain_for, DRAIN_ALONE_FOR if redis is None else DRAIN_FOR
        ),
        identity=_identity(document, environment),
        webhooks=tuple(
            _endpoint(f"webhooks[{number}]", table, environment)
            for number, table in enumerate(document.webhooks)
        ),
        queues=tuple(make_queue(name, table) for name, table in document.queues.items()),
        log=LogSettings(
            _choice("log.level", Level, document.log.level, Level.INFO),
            _choice("log.format", Format, document.log.format, Format.CONSOLE),
        ),
    )


def parse_place(key: str, text: str) -> Place:
    """Read `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.

    Raises:
        SettingsError: It is none of these.
    """
    if text.startswith(UNIX) and len(text) > len(UNIX):
        return Path(text.removeprefix(UNIX))
    return _address(key, text, or_path=f" or {UNIX}PATH")


def _address(key: str, text: str, or_path: str = "") -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if bracketed else host
    wrong = not colon or not bare or (":" in bare) != bracketed or not port.isdecimal()
    if wrong or not port.isascii() or int(port) > HIGHEST_PORT:
        expected = f"HOST:PORT, [IPV6]:PORT{or_path}" if or_path else "HOST:PORT or [IPV6]:PORT"
        raise SettingsError(f"{key}: expected {expected}, got {text!r}")
    return bare, int(port)


# --- the server -----------------------------------------------------------------------------------

_SAME_NAME = (
    "region", "origins", "trusted_proxies", "resume_for", "duplicates", "anonymous_hosts", "hello_timeout",
    "open_timeout", "close_timeout", "ping_interval", "ping_timeout", "reconnect_spread",
)  # fmt: skip
_POSITIVE = frozenset(name for name in _SAME_NAME if name.endswith(("_timeout", "_interval")))


def _settings(document: Document, environment: Mapping[str, str]) -> Settings:
    values = {
        name: value for name in _SAME_NAME if (value := getattr(document, name)) not in (None, ())
    }
    for name, value in values.items():
        if isinstance(value, float) and (value < 0.0 or (value == 0.0 and name in _POSITIVE)):
            least = "above 0" if name in _POSITIVE else "0 or more"
            raise SettingsError(f"{_kebab(name)}: expected a time of {least}, got {value:g}")
    if document.node is not None:
        values["node"] = _node(document.node)
    return Settings(
        **values,
        resume_key=_resume_key(document, environment),
        limits=_limits(document.limits),
        ice=_ice(document, environment),
    )


def _limits(table: Any) -> Limits:
    values = said(table)
    for name, value in values.items():
        if not value > 0:
            raise SettingsError(f"limits.{_kebab(name)}: expected a number above 0, got {value}")
    return Limits(**values)


def _resume_key(document: Document, environment: Mapping[str, str]) -> bytes | None:
    secret = _secret("resume-key", document, "resume_key").read(environment)
    if secret is not None and len(secret) < SHORTEST_SECRET:
        raise SettingsError(
            f"resume-key: expected at least {SHORTEST_SECRET} characters, got {len(secret)}: "
            "openssl rand -hex 32 makes some"
        )
    return None if secret is None else secret.encode()


def _ice(document: Document, environment: Mapping[str, str]) -> IceSettings:
    table = document.ice
    _check_urls("ice.stun", table.stun, ("stun:", "stuns:"))
    _check_urls("ice.turn", table.turn, ("turn:", "turns:"))
    secret = _secret("ice.secret", table, "secret").read(environment)
    if table.turn and secret is None:
        raise SettingsError("ice.turn: expected the secret that is shared with it, as ice.secret")
    ttl = _positive("ice.ttl", table.ttl, IceSettings().ttl)
    if ttl < 1.0:
        raise SettingsError(f"ice.ttl: expected 1 s or more, got {ttl:g}")
    most = IceSettings().most if table.most is None else table.most
    if most < 1:
        raise SettingsError(f"ice.most: expected 1 or more, got {most}")
    relays = tuple(
        _relay(f"ice.relays[{number}]", relay, environment)
        for number, relay in enumerate(table.relays)
    )
    return IceSettings(table.stun, table.turn, secret if table.turn else None, ttl, relays, most)


def _relay(key: str, table: RelayTable, environment: Mapping[str, str]) -> TurnRelay:
    _check_urls(f"{key}.urls", table.urls, ("turn:", "turns:"))
    secret = _secret(f"{key}.secret", table, "secret").read(environment)
    if not table.urls or secret is None:
        raise SettingsError(f"{key}: expected urls and a secret")
    return TurnRelay(table.urls, secret, table.region)


def _check_urls(key: str, urls: tuple[str, ...], schemes: tuple[str, ...]) -> None:
    for url in urls:
        scheme = next((one for one in schemes if url.startswith(one)), None)
        rest = "" if scheme is None else url.removeprefix(scheme)
        if not rest or rest.startswith(("/", "?")) or not url.isprintable() or " " in url:
            raise SettingsError(f"{key}: expected {schemes[0]}HOST[:PORT], got {url!r}")


# --- who may come in ------------------------------------------------------------------------------


def _identity(document: Document, environment: Mapping[str, str]) -> IdentitySettings:
    jwt = said(document.jwt)
    files = tuple(map(Path, jwt.pop("key_files")))
    tokenless = jwt.pop("tokenless", Tokenless.REFUSED)
    if not files and (any(jwt.values()) or document.jwt.tokenless is not None):
        raise SettingsError("jwt: expected key-files, got none")
    return IdentitySettings(
        key_files=files,
        rules=TokenRules(**jwt),
        tokenless=tokenless,
        rooms={name: _room(name, table, environment) for name, table in document.rooms.items()},
        unlisted=document.unlisted_rooms or Unlisted.OPEN,
        webhook=_authn_webhook(document, environment),
    )


def _room(name: str, table: RoomTable, environment: Mapping[str, str]) -> RoomRules:
    key = _secret(f"rooms.{name}.key", table, "key").read(environment)
    if table.former_key is not None and key is None:
        raise SettingsError(f"rooms.{name}.former-key: expected a key beside it, got none")
    if table.max is not None and table.max < 1:
        raise SettingsError(f"rooms.{name}.max: expected 1 or more, got {table.max}")
    keys = tuple(one for one in (key, table.former_key) if one is not None)
    return RoomRules(keys, table.max, table.topology)


def _authn_webhook(document: Document, environment: Mapping[str, str]) -> WebhookSettings | None:
    table = document.authn_webhook
    if not said(table):
        return None
    if table.url is None:
        raise SettingsError("authn-webhook: expected a url, got none")
    secret = _secret("authn-webhook.secret", table, "secret").read(environment)
    numbers = {
        name: value for name, value in said(table).items() if name in {"deadline", "waiting"}
    }
    if not all(value > 0 for value in numbers.values()):
        raise SettingsError("authn-webhook: expected deadline and waiting above 0")
    return _named("authn-webhook", lambda: WebhookSettings(str(table.url), secret, **numbers))


def _endpoint(key: str, table: WebhookTable, environment: Mapping[str, str]) -> Endpoint:
    secret = _secret(f"{key}.secret", table, "secret").read(environment)
    secrets = tuple(one for one in (secret, table.former_secret) if one is not None)
    if not secrets:
        raise SettingsError(f"{key}: expected a secret, so that its messages can be known for ours")
    more = {name: v for name, v in said(table).items() if name in {"events", "waiting", "deadline"}}
    return _named(key, lambda: Endpoint(table.url, secrets, **more))


# --- small things ---------------------------------------------------------------------------------

Made = TypeVar("Made")


def _named(key: str, make: Callable[[], Made]) -> Made:
    """Make something, and say which table it is that cannot be meant."""
    try:
        return make()
    except SettingsError as error:
        raise SettingsError(f"{key}: {error}") from None


def _secret(key: str, table: Any, name: str) -> SecretSource:
    file, variable = getattr(table, f"{name}_file"), getattr(table, f"{name}_env")
    return SecretSource(key, getattr(table, name), file, variable)


def _redis(document: Document, environment: Mapping[str, str]) -> str | None:
    url = _secret("redis", document, "redis").read(environment)
    if url is not None and not url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("redis: expected redis://HOST:PORT, rediss://HOST:PORT or unix://PATH")
    return url


def _node(name: str | None) -> str | None:
    if name is not None and not (
        0 < len(name) <= 64 and name.isascii() and name.isprintable() and " " not in name
    ):
        raise SettingsError(f"node: expected 1 to 64 letters without spaces, got {name!r}")
    return name


def _certificate(document: Document) -> tuple[Path, Path] | None:
    certificate, key = document.tls.certificate, document.tls.key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise SettingsError("tls: expected certificate and key, got one of them")
    return Path(certificate), Path(key)


def _choice(key: str, kind: type[Choice], value: str | None, default: Choice) -> Choice:
    if value is None:
        return default
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(str(one.value) for one in kind)
        raise SettingsError(f"{key}: expected one of {known}, got {value!r}") from None


def _positive(key: str, value: float | None, default: float) -> float:
    if value is not None and not value >= 0.0:
        raise SettingsError(f"{key}: expected 0 s or more, got {value:g}")
    return default if value is None else value


def _kebab(name: str) -> str:
    return name.replace("_", "-")
