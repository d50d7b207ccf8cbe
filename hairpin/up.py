"""`hairpin up`: the all-in-one server, from its options and the first line it prints to a clean stop."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import asyncio
import ipaddress
import json
import secrets
import signal
from dataclasses import dataclass, field
from typing import Annotated

import typer
from rich.text import Text

from hairpin.console import (
    FINE,
    cannot_listen,
    endpoint,
    fail,
    parse_endpoint,
    stderr,
    stdout,
    table,
)
from hairpin.matching.duel import DUEL
from hairpin.matching.standby import Standby
from hairpin.pages.site import site
from hairpin.services import CannotListenError, Running, Service, Services, serve
from relay import PeerPolicy, Reach, new_event_loop

_OPTIONS = {Service.SIGNALING: "--signaling", Service.RELAY: "--relay"}
_GUESSES = {Service.SIGNALING: "another web server?", Service.RELAY: "another STUN server?"}


_MAX_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """The command's options, parsed."""

    signaling: tuple[str, int]
    relay: tuple[str, int]
    public_host: str | None
    relay_ports: tuple[int, int]
    secret: str | None = field(repr=False)
    allow_private_peers: bool
    as_json: bool
    quiet: bool


def up(
    signaling: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where to serve websockets.")
    ] = "127.0.0.1:8080",
    relay: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where to serve STUN and TURN, over UDP.")
    ] = "127.0.0.1:3478",
    public_host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="The relay's address as clients reach it, if it listens on every address or "
            "stands behind a one-to-one NAT.",
        ),
    ] = None,
    relay_ports: Annotated[
        str, typer.Option(metavar="FIRST-LAST", help="Ports of relayed addresses.")
    ] = "49152-65535",
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="HAIRPIN_SECRET",
            help="TURN credentials are made from it; a random one by default.",
        ),
    ] = None,
    allow_private_peers: Annotated[
        bool,
        typer.Option(
            "--allow-private-peers", help="Let the relay send to loopback and private networks."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the addresses as one JSON document.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Run the signaling server and the relay, until Ctrl-C.

    Example: hairpin up --signaling 0.0.0.0:8080 --relay 0.0.0.0:3478 --public-host 203.0.113.7

    Exit status: 0 stopped as asked, 1 a port is in use or not to be had, 2 wrong arguments.
    """
    options = UpOptions(
        signaling=parse_endpoint(signaling, option="--signaling"),
        relay=_relay_endpoint(relay),
        public_host=None if public_host is None else _address(public_host, "--public-host"),
        relay_ports=_port_range(relay_ports),
        secret=secret,
        allow_private_peers=allow_private_peers,
        as_json=as_json,
        quiet=quiet,
    )
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(run_up(options))
    except (OSError, ValueError) as error:
        fail(explain(error))


async def run_up(options: UpOptions) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        CannotListenError: An address is in use, or not this machine's.
        ValueError: The options do not fit together.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    standby = Standby(DUEL.name)
    async with serve(_services(options), [standby.hear]) as running, standby:
        standby.open(running.local_url)
        _announce(running, options)
        await stop.wait()
        if not options.quiet:
            stderr().print("Stopping ...")
    if not options.quiet:
        stderr().print(_farewell(running))


def explain(error: OSError | ValueError | CannotListenError) -> str:
    """A fault of the environment or of the options, in one line that says what to do."""
    if isinstance(error, CannotListenError):
        return cannot_listen(
            error.cause,
            error.address,
            what=_GUESSES[error.service],
            option=_OPTIONS[error.service],
        )
    return str(error)


def _services(options: UpOptions) -> Services:
    host = options.relay[0]
    if host in {"0.0.0.0", "::"} and options.public_host is None:
        raise ValueError(
            f"The relay listens on every address ({endpoint(options.relay)}), so tell which one "
            "clients should use: --public-host ADDRESS."
        )
    reach = Reach.LOCAL if options.allow_private_peers else Reach.PUBLIC
    return Services(
        signaling_address=options.signaling,
        relay_address=options.relay,
        secret=options.secret or secrets.token_urlsafe(32),
        public_host=options.public_host,
        relay_ports=options.relay_ports,
        peers=PeerPolicy(reach=reach),
        pages=site(),
        queues=(DUEL,),
    )


def _announce(running: Running, options: UpOptions) -> None:
    if options.as_json:
        document = {
            "pages": running.page_url,
            "signaling": running.signaling_url,
            "stun": running.stun_url,
            "turn": running.turn_url,
        }
        typer.echo(json.dumps(document))
        return
    if options.quiet:
        return
    out = stdout()
    out.print(Text.assemble(("Ready.", FINE), " Stop with Ctrl-C."))
    rows = table("service", "address", "for")
    rows.add_row("pages", running.page_url, "browsers: video chat, and air hockey at /game")
    rows.add_row("signaling", running.signaling_url, "clients: signaling.connect(URL)")
    rows.add_row("STUN", running.stun_url, "told to clients in the welcome")
    rows.add_row("TURN", running.turn_url, "told to clients, with fresh credentials")
    out.print(rows)
    if options.signaling[0].startswith("127.") or options.signaling[0] == "::1":
        out.print(
            "Only this machine can connect. For others: --signaling 0.0.0.0:8080 "
            "--relay 0.0.0.0:3478 --public-host ADDRESS."
        )


def _farewell(running: Running) -> str:
    counters = running.signaling.counters
    return f"Stopped. {counters.sessions_opened} sessions were served."


def _port_range(text: str) -> tuple[int, int]:
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


def _relay_endpoint(text: str) -> tuple[str, int]:
    host, port = parse_endpoint(text, option="--relay")
    return _address(host, "--relay"), port


def _address(text: str, option: str) -> str:
    """Clients are told the relay's address, and a name may mean another one to them."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not an IP address, such as 127.0.0.1", param_hint=option
        ) from None
