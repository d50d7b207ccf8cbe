"""The subcommands of `hairpin`: each reads its options here and does its work elsewhere."""
# ruff: noqa: FBT001, FBT002 - typer reads options from booleans with defaults

import asyncio
import ipaddress
import json
from typing import Annotated

import typer

import nat
from hairpin import __version__
from hairpin.calling.commands import call
from hairpin.console import fail, parse_endpoint, stdout
from hairpin.demo import tables
from hairpin.demo.run import DemoFailedError, DemoPlan, run_demo
from hairpin.diagnosis import commands as nat_commands
from hairpin.helptext import Command, Group
from hairpin.lab import commands as lab_commands
from hairpin.relaying import commands as relay_commands
from hairpin.switchboard import commands as signaling_commands
from hairpin.up import UpOptions, explain, run_up
from relay import new_event_loop

app = typer.Typer(
    cls=Group,
    name="hairpin",
    help="WebRTC connections that find their way through NATs, and can say why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command(cls=Command)(call)
app.add_typer(relay_commands.app, name="relay")
app.add_typer(signaling_commands.app, name="signaling")
app.add_typer(lab_commands.app, name="lab")
app.add_typer(nat_commands.app, name="nat")

_MAX_PORT = 65535

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hairpin {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """WebRTC connections that find their way through NATs, and can say why."""


@app.command(cls=Command)
def demo(
    nat_a: Annotated[
        str | None, typer.Option(metavar="NAT", help="What stands before the one who waits.")
    ] = None,
    nat_b: Annotated[
        str | None, typer.Option(metavar="NAT", help="What stands before the one who comes.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Connect two peers, on real sockets and through simulated NATs.

    NAT is a popular name (full-cone, restricted-cone, port-restricted-cone, symmetric) or
    MAPPING/FILTERING, each endpoint-independent, address-dependent or address-and-port-dependent.
    With --nat-a or --nat-b that one pairing is simulated; a side left out is port-restricted.

    Example: hairpin demo --nat-a symmetric --nat-b address-dependent/endpoint-independent

    Exit status: 0 every path found is the path expected, 1 one is not, 2 wrong arguments.
    """
    plan = DemoPlan(seed=seed, pairing=_pairing(nat_a, nat_b))
    try:
        report = run_demo(plan)
    except DemoFailedError as error:
        fail(str(error))
    if as_json:
        typer.echo(json.dumps(report.document(), indent=2))
    else:
        tables.show(report, stdout(), quiet=quiet)
    if not report.ok:
        raise typer.Exit(1)


@app.command(cls=Command)
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


def _pairing(nat_a: str | None, nat_b: str | None) -> tuple[nat.Behavior, nat.Behavior] | None:
    if nat_a is None and nat_b is None:
        return None
    return _behavior(nat_a, "--nat-a"), _behavior(nat_b, "--nat-b")


def _behavior(text: str | None, option: str) -> nat.Behavior:
    if text is None:
        return nat.PORT_RESTRICTED_CONE
    try:
        return nat.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


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
