"""`hairpin up`: the all-in-one server, from the first line it prints to a clean stop."""

import asyncio
import json
import secrets
import signal
from dataclasses import dataclass, field

import typer
from rich.text import Text

import relay
from hairpin.console import FINE, cannot_listen, endpoint, stderr, stdout, table
from hairpin.services import CannotListenError, Running, Service, Services, serve

_OPTIONS = {Service.SIGNALING: "--signaling", Service.RELAY: "--relay"}
_GUESSES = {Service.SIGNALING: "another web server?", Service.RELAY: "another STUN server?"}


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
    async with serve(_services(options)) as running:
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
    reach = relay.Reach.LOCAL if options.allow_private_peers else relay.Reach.PUBLIC
    return Services(
        signaling_address=options.signaling,
        relay_address=options.relay,
        secret=options.secret or secrets.token_urlsafe(32),
        public_host=options.public_host,
        relay_ports=options.relay_ports,
        peers=relay.PeerPolicy(reach=reach),
    )


def _announce(running: Running, options: UpOptions) -> None:
    if options.as_json:
        document = {
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
