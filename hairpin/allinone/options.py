"""What the command line of `hairpin up` says, parsed: where to listen, by which certificate, what to print."""

import enum
import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer

from hairpin.console import parse_endpoint

Address = tuple[str, int]
LAN: Final = "lan"
OFF: Final = "off"
LOBBY: Final = "lobby"
SELF_SIGNED: Final = "self-signed"
_MAX_PORT: Final = 65535
_ROOM: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

TlsOption = Annotated[
    str | None,
    typer.Option(
        metavar=SELF_SIGNED,
        help="Speak HTTPS with a certificate made here, so that phones in this network may use their cameras; "
        "listens at this machine's address in it.",
    ),
]
TlsCertOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Or with this one: the certificate and its chain, PEM."),
]
TlsKeyOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Its key, PEM.")]
HostOption = Annotated[
    str | None,
    typer.Option(
        metavar="lan|ADDRESS",
        help="Listen there: at this machine's address in its network, or at another of its addresses "
        "[127.0.0.1; lan with --tls self-signed].",
    ),
]
NameOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="What people call this machine, for links and the certificate; repeatable.",
    ),
]
SignalingOption = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="Where to serve pages and websockets [port 8080]."),
]
RelayOption = Annotated[
    str | None,
    typer.Option(metavar="HOST:PORT", help="Where to serve STUN and TURN, over UDP [port 3478]."),
]
AlternateOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT|off",
        help="Where to answer STUN as well, so that browsers can tell how their network maps ports "
        "[the next port]; at another host by RFC 5780.",
    ),
]
RelayTlsOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT|off",
        help="Where to serve TURN over TLS, with --tls-cert for a name [port 5349].",
    ),
]
PublicHostOption = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="The relay's address as clients reach it, if it listens on every address or "
        "stands behind a one-to-one NAT.",
    ),
]
RelayPortsOption = Annotated[
    str, typer.Option(metavar="FIRST-LAST", help="Ports of relayed addresses.")
]
SecretOption = Annotated[
    str | None,
    typer.Option(
        envvar="HAIRPIN_SECRET",
        help="TURN credentials are made from it; a random one by default.",
    ),
]
PrivatePeersOption = Annotated[
    bool,
    typer.Option(
        "--allow-private-peers", help="Let the relay send to loopback and private networks."
    ),
]
MetricsOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="A listener of its own for /metrics and /healthz; this machine finds them beside the pages.",
    ),
]
QrOption = Annotated[
    bool | None,
    typer.Option(
        "--qr/--no-qr",
        help="Draw the link for phones as a QR code, or do not [in a terminal that is wide enough].",
    ),
]
BotOption = Annotated[
    bool,
    typer.Option(
        "--bot", help="Let a bot be in the room `lobby`, so that one can try a call alone."
    ),
]
BotRoomOption = Annotated[
    str | None, typer.Option(metavar="ROOM", help="Or in this room.", show_default=False)
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the addresses as one JSON document.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


class Tls(enum.Enum):
    """Which certificate browsers are shown."""

    NONE = "none"
    SELF_SIGNED = SELF_SIGNED
    FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsWish:
    """Which certificate, and where it lies."""

    kind: Tls = Tls.NONE
    certificate: Path = Path()
    key: Path = field(default=Path(), repr=False)


class Absent(enum.Enum):
    """What is not to be, in the place of an address."""

    OFF = OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """The command's options, parsed; `None` where nothing was said."""

    tls: TlsWish = field(default_factory=TlsWish)
    host: str | None = None
    names: tuple[str, ...] = ()
    signaling: Address | None = None
    relay: Address | None = None
    alternate: Address | Absent | None = None
    relay_tls: Address | Absent | None = None
    public_host: str | None = None
    relay_ports: tuple[int, int] = (49152, _MAX_PORT)
    secret: str | None = field(default=None, repr=False)
    allow_private_peers: bool = False
    metrics: Address | None = None
    qr: bool | None = None
    bot_room: str | None = None
    as_json: bool = False
    quiet: bool = False


def parse_tls(text: str | None, certificate: Path | None, key: Path | None) -> TlsWish:
    """Read the three options about certificates.

    Raises:
        typer.BadParameter: They do not fit together.
    """
    if text is not None and text != SELF_SIGNED:
        raise typer.BadParameter(
            f"{text!r} is not {SELF_SIGNED}; a certificate of your own goes to --tls-cert FILE --tls-key FILE",
            param_hint="--tls",
        )
    if certificate is None and key is None:
        return TlsWish(kind=Tls.NONE if text is None else Tls.SELF_SIGNED)
    if text is not None:
        raise typer.BadParameter("one of --tls and --tls-cert", param_hint="--tls")
    if certificate is None or key is None:
        raise typer.BadParameter(
            "a certificate and its key go together: --tls-cert FILE --tls-key FILE",
            param_hint="--tls-key" if key is None else "--tls-cert",
        )
    return TlsWish(kind=Tls.FILES, certificate=certificate, key=key)


def parse_bot_room(text: str | None, *, bot: bool) -> str | None:
    """Read in which room there is a bot; None for nowhere.

    Raises:
        typer.BadParameter: No link leads to such a room.
    """
    if text is None:
        return LOBBY if bot else None
    if not _ROOM.fullmatch(text):
        raise typer.BadParameter(
            f"{text!r} is not 1 to 64 letters, digits, - and _, as links to rooms have them",
            param_hint="--bot-room",
        )
    return text


def parse_host(text: str | None) -> str | None:
    """Read an address, or `lan`."""
    return text if text in {None, LAN} else parse_address(text or "", "--host", also="lan or ")


def parse_names(texts: list[str] | None) -> tuple[str, ...]:
    """Read names of this machine, as browsers write them.

    Raises:
        typer.BadParameter: One cannot be a name.
    """
    return tuple(_name(text) for text in texts or ())


def _name(text: str) -> str:
    name = text.lower().rstrip(".")
    try:
        name = name.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not name or not all(part.replace("-", "").isalnum() for part in name.split(".")):
        raise typer.BadParameter(
            f"{text!r} is not a name, such as chat.example.org", param_hint="--name"
        )
    return name


def parse_listening(text: str | None, option: str) -> Address | None:
    """Read where to listen.

    Raises:
        typer.BadParameter: It is not HOST:PORT.
    """
    return None if text is None else parse_endpoint(text, option=option)


def parse_relay(text: str | None, option: str) -> Address | None:
    """Read where the relay listens, by address: a name may mean another one to clients.

    Raises:
        typer.BadParameter: It is not ADDRESS:PORT.
    """
    if text is None:
        return None
    host, port = parse_endpoint(text, option=option)
    return parse_address(host, option), port


def parse_relay_or_off(text: str | None, option: str) -> Address | Absent | None:
    """Read where the relay listens as well, or that it does not."""
    return Absent.OFF if text == OFF else parse_relay(text, option)


def parse_optional_address(text: str | None, option: str) -> str | None:
    """Read an IP address, if there is one."""
    return None if text is None else parse_address(text, option)


def parse_address(text: str, option: str, *, also: str = "") -> str:
    """Read an IP address.

    Raises:
        typer.BadParameter: It is none.
    """
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not {also}an IP address, such as 127.0.0.1", param_hint=option
        ) from None


def parse_port_range(text: str) -> tuple[int, int]:
    """Read the ports of relayed addresses.

    Raises:
        typer.BadParameter: They are none.
    """
    first, dash, last = text.partition("-")
    if not dash or not first.isdecimal() or not last.isdecimal():
        raise typer.BadParameter(
            f"{text!r} is not FIRST-LAST, such as 49152-65535", param_hint="--relay-ports"
        )
    if not 0 < int(first) <= int(last) <= _MAX_PORT:
        raise typer.BadParameter(
            f"{text!r}: the first is at least 1, the last at most {_MAX_PORT} and not before it",
            param_hint="--relay-ports",
        )
    return int(first), int(last)
