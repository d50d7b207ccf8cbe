"""`hairpin relay`: the STUN and TURN server alone, from flags and a TOML file."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import relay
from hairpin.console import BROKEN, FINE, HELPED, endpoint, fail, stderr, stdout, table
from hairpin.metrics_listener import serve_metrics
from relay.configuration import Configuration, Document, make_configuration, read_document
from relay.metrics import CONTENT_TYPE, make_exposition
from stunwire import Address

app = typer.Typer(
    help="Run the STUN and TURN server alone, until Ctrl-C.",
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_LOOK_INTERVAL = 0.25

Listen = Annotated[
    list[str] | None,
    typer.Option(metavar="ADDRESS:PORT", help="Where to serve clients over UDP; repeatable."),
]
TcpListen = Annotated[
    list[str] | None, typer.Option(metavar="ADDRESS:PORT", help="The same over TCP.")
]
TlsListen = Annotated[
    list[str] | None, typer.Option(metavar="ADDRESS:PORT", help="The same over TLS.")
]
TlsCert = Annotated[
    str | None, typer.Option(metavar="FILE", help="The certificate and its chain, PEM.")
]
TlsKey = Annotated[str | None, typer.Option(metavar="FILE", help="Its key, PEM.")]
Alternate = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS:PORT", help="A second host and port, for NAT discovery (RFC 5780)."
    ),
]
RelayIp = Annotated[str | None, typer.Option(metavar="ADDRESS", help="The address to relay from.")]
ExternalIp = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="The address to announce, behind a one-to-one NAT."),
]
Realm = Annotated[str | None, typer.Option(help="Of the long-term credentials.")]
User = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME:PASSWORD", help="A user that may relay; repeatable."),
]
Secret = Annotated[
    list[str] | None,
    typer.Option(
        envvar="HAIRPIN_RELAY_SECRET",
        help="Of time-limited credentials, the newest first; repeatable.",
    ),
]
AllowPeer = Annotated[
    list[str] | None,
    typer.Option(metavar="CIDR", help="A network that clients may reach; repeatable."),
]
DenyPeer = Annotated[
    list[str] | None,
    typer.Option(metavar="CIDR", help="A network that they may not; repeatable."),
]
MinPort = Annotated[int | None, typer.Option(help="First relay port [49152].")]
MaxPort = Annotated[int | None, typer.Option(help="Last relay port [65535].")]
TcpRelay = Annotated[
    bool,
    typer.Option("--tcp-relay", help="Let TCP and TLS clients reach peers over TCP (RFC 6062)."),
]
Metrics = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS:PORT", help="Where to serve /metrics and /healthz."),
]
Config = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A TOML file; flags win over it.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


@app.callback()
def run(
    context: typer.Context,
    listen: Listen = None,
    tcp_listen: TcpListen = None,
    tls_listen: TlsListen = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    alternate: Alternate = None,
    relay_ip: RelayIp = None,
    external_ip: ExternalIp = None,
    realm: Realm = None,
    user: User = None,
    secret: Secret = None,
    allow_peer: AllowPeer = None,
    deny_peer: DenyPeer = None,
    min_port: MinPort = None,
    max_port: MaxPort = None,
    tcp_relay: TcpRelay = False,  # noqa: FBT002 - typer reads an option from it
    metrics: Metrics = None,
    config: Config = None,
    quiet: Quiet = False,  # noqa: FBT002 - typer reads an option from it
) -> None:
    """Run the STUN and TURN server alone, until Ctrl-C.

    Without users or secrets it serves STUN only. Passwords on a command line can be read by others
    on this machine: prefer --config, or HAIRPIN_RELAY_SECRET. SIGTERM lets live allocations end
    first, and stops when it comes again; SIGHUP reads the file and the certificate again.

    Example: hairpin relay --listen 203.0.113.7:3478 --realm example.org --user alice:wonderland

    Exit status: 0 stopped as asked, 1 a port is in use or a setting is wrong, 2 wrong arguments.
    """
    if context.invoked_subcommand is not None:
        return
    flags = Document(
        listen=tuple(listen or ()),
        tcp_listen=tuple(tcp_listen or ()),
        tls_listen=tuple(tls_listen or ()),
        tls_cert=tls_cert,
        tls_key=tls_key,
        alternate=alternate,
        realm=realm,
        users=dict(_user(text) for text in user or ()),
        rest_secrets=tuple(secret or ()),
        relay_ip=relay_ip,
        external_ip=external_ip,
        min_port=min_port,
        max_port=max_port,
        allow_peers=tuple(allow_peer or ()),
        deny_peers=tuple(deny_peer or ()),
        tcp_relay=tcp_relay,
        metrics=metrics,
    )
    configuration = _configuration(flags, config)
    try:
        asyncio.run(_serve(configuration, partial(_read, flags, config), quiet=quiet))
    except OSError as error:  # it names the address
        fail(f"{error.strerror or error}. Choose another address or port.")
    except relay.RelayError as error:
        fail(str(error))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file.")],
) -> None:
    """Say whether a configuration file is right, and what it means.

    Example: hairpin relay check /etc/hairpin/relay.toml

    Exit status: 0 it is right, 1 it is not, 2 wrong arguments.
    """
    configuration = _configuration(Document(), file)
    out = stdout()
    out.print(Text.assemble(("Right.", FINE), f" {file} can be used."))
    out.print(_meaning(configuration))


def _configuration(flags: Document, file: Path | None) -> Configuration:
    try:
        return _read(flags, file)
    except relay.SettingsError as error:
        fail(str(error))


def _read(flags: Document, file: Path | None) -> Configuration:
    """The file, if there is one, with the flags laid over it."""
    below = Document() if file is None else read_document(file)
    return make_configuration(flags.laid_over(below))


async def _serve(
    configuration: Configuration, read: Callable[[], Configuration], *, quiet: bool
) -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(relay.serve(configuration.settings))
        url = None
        if configuration.metrics is not None:
            expose = make_exposition(lambda: server.counters)
            url = await stack.enter_async_context(
                serve_metrics(configuration.metrics, expose, CONTENT_TYPE)
            )
        reload = partial(_reload, server, configuration.metrics, read, quiet=quiet)
        stop, drain = _handle_signals(reload)
        if not quiet:
            _announce(server, configuration, url)
        await _until_stopped(server, stop, drain, quiet=quiet)
        counters = server.counters
    if not quiet:
        stderr().print(f"Stopped. {counters.allocations_opened} allocations were made.")


def _handle_signals(reload: Callable[[], None]) -> tuple[asyncio.Event, asyncio.Event]:
    """From now on SIGINT, or a second SIGTERM, sets the first event; a first SIGTERM the second.

    SIGHUP calls `reload`.
    """
    stop, drain = asyncio.Event(), asyncio.Event()

    def terminate() -> None:
        (stop if drain.is_set() else drain).set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    loop.add_signal_handler(signal.SIGTERM, terminate)
    loop.add_signal_handler(signal.SIGHUP, reload)
    return stop, drain


async def _until_stopped(
    server: relay.Server, stop: asyncio.Event, drain: asyncio.Event, *, quiet: bool
) -> None:
    """Wait until told to stop; or to drain, and then until the last allocation is gone."""
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(drain.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        server.drain()
        left = server.counters.allocations
        if left and not quiet:
            stderr().print(f"Draining: {left} allocations are left. SIGTERM again to stop now.")
    while server.counters.allocations and not stop.is_set():
        await asyncio.wait(waits[:1], timeout=_LOOK_INTERVAL)
    for wait in waits:
        wait.cancel()


def _reload(
    server: relay.Server,
    metrics: Address | None,
    read: Callable[[], Configuration],
    *,
    quiet: bool,
) -> None:
    """Go on with what the file and the certificate hold now, each unless it is bad."""
    try:
        configuration = read()
        if configuration.metrics != metrics:
            raise relay.SettingsError("cannot change without a restart: metrics")
        server.reload(configuration.settings)
    except relay.RelayError as error:
        _complain(f"{error}. The old settings go on.")
    else:
        if not quiet:
            stderr().print("Settings were read again.")
    try:
        server.reload_certificates()
    except relay.RelayError as error:
        _complain(f"{error}. The old one goes on.")


def _complain(message: str) -> None:
    stderr().print(Text.assemble(("error: ", BROKEN), message), soft_wrap=True)


def _announce(server: relay.Server, configuration: Configuration, metrics: str | None) -> None:
    out = stdout()
    serves = "STUN and TURN" if configuration.settings.has_credentials else "STUN only"
    out.print(Text.assemble(("Ready.", FINE), f" Serving {serves}. Stop with Ctrl-C."))
    if not configuration.settings.has_credentials:
        out.print(
            Text("No user and no secret is set, so nobody can relay: --user, --secret.", HELPED)
        )
    rows = table("listener", "address")
    for transport, addresses in (
        ("UDP", server.addresses),
        ("TCP", server.tcp_addresses),
        ("TLS", server.tls_addresses),
    ):
        for address in addresses:
            rows.add_row(transport, endpoint(address))
    if metrics is not None:
        rows.add_row("metrics", f"{metrics}/metrics")
    out.print(rows)


def _meaning(configuration: Configuration) -> object:
    settings = configuration.settings
    rows = table("setting", "value")
    for key, addresses in (
        ("listen, UDP", settings.listen),
        ("listen, TCP", settings.listen_tcp),
        ("listen, TLS", settings.listen_tls),
    ):
        rows.add_row(key, ", ".join(endpoint(address) for address in addresses) or "none")
    alternate = settings.alternate
    rows.add_row("alternate", "none" if alternate is None else endpoint(alternate))
    rows.add_row("realm", settings.realm)
    rows.add_row("users", str(len(settings.users)))
    rows.add_row("REST secrets", str(len(settings.rest_secrets)))
    rows.add_row("relay address", settings.relay_address or "the listener's")
    rows.add_row("announced address", settings.external_address or "the relay address")
    rows.add_row("relay ports", f"{settings.port_range[0]}-{settings.port_range[1]}")
    rows.add_row("peers", settings.peers.reach.value)
    others = ", ".join(endpoint(server) for server in settings.alternate_servers)
    when = settings.redirect.value
    rows.add_row("alternate servers", f"{others}, {when}" if others else "none")
    rows.add_row("proxies", ", ".join(settings.proxies) or "none")
    rows.add_row("peers over TCP", settings.tcp_relay.value)
    rows.add_row("allowed besides", ", ".join(settings.peers.allow) or "none")
    rows.add_row("denied besides", ", ".join(settings.peers.deny) or "none")
    return rows


def _user(text: str) -> tuple[str, str]:
    name, colon, password = text.partition(":")
    if not colon or not name or not password:
        raise typer.BadParameter("expected NAME:PASSWORD", param_hint="--user")
    return name, password
