"""`hairpin signaling` without a subcommand: the server, until it is told to stop."""

import asyncio
import contextlib
import errno
import json
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

import signaling
from hairpin.console import FINE, count, endpoint, fail, stderr, stdout, table
from hairpin.flags import refuse_what_stands_before
from hairpin.switchboard.assemble import settled, start, start_metrics
from hairpin.switchboard.options import Flags
from hairpin.switchboard.reading import read, read_or_fail
from signaling.faults import OperatorError
from signaling.nodes import NodesError
from signaling.operation.configuration import Configuration
from signaling.operation.logs import start_logging
from signaling.tls import CertificateError
from signaling.transports.listener import TransportMissingError

_HINTS = {
    errno.EADDRINUSE: "Another server runs there? Choose another with --listen HOST:PORT.",
    errno.EADDRNOTAVAIL: "It is not an address of this machine. Choose another with --listen.",
    errno.EACCES: "It needs more rights. Choose a port above 1023 with --listen HOST:PORT.",
}


def run(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML file; flags win over it.")
    ] = None,
    as_json: Annotated[  # noqa: FBT002 - typer reads an option from it
        bool, typer.Option("--json", help="Print the addresses as one JSON document.")
    ] = False,
    quiet: Annotated[  # noqa: FBT002
        bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")
    ] = False,
    *,
    flags: Flags,
) -> None:
    """Run the signaling server alone, until Ctrl-C. The websocket is at /v1/ws.

    SIGTERM sends the clients away, spread over a while, and stops; SIGHUP reads the certificate and the
    list of relays again. Secrets on a command line can be read by others on this machine: prefer
    --config, or HAIRPIN_SIGNALING_TURN_SECRET and HAIRPIN_SIGNALING_REDIS.

    Example: hairpin signaling --listen 0.0.0.0:8080 --turn turn:turn.example.org --turn-secret S

    Exit status: 0 stopped as asked, 1 a port is in use or a setting is wrong, 2 wrong arguments.
    """
    if context.invoked_subcommand is not None:
        refuse_what_stands_before(context, context.invoked_subcommand)
        return
    document = flags.document()
    configuration = settled(read_or_fail(document, config))
    start_logging(configuration.log)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(
                _serve(configuration, partial(read, document, config), as_json=as_json, quiet=quiet)
            )
    except (OperatorError, NodesError, CertificateError, TransportMissingError) as error:
        fail(f"{str(error).rstrip('.')}.")
    except BrokenPipeError:
        raise  # nobody reads what it prints
    except OSError as error:  # it names the address
        hint = _HINTS.get(error.errno or 0, "Choose another with --listen HOST:PORT.")
        fail(f"{error.strerror or error}. {hint}")


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Take uvloop's loop where it is installed."""
    try:
        import uvloop  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made


async def _serve(
    configuration: Configuration,
    read_again: Callable[[], Configuration],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    stop, drain = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as stack:
        server = await start(stack, configuration)
        metrics = await start_metrics(stack, configuration.metrics, server)
        loop.add_signal_handler(signal.SIGINT, stop.set)
        loop.add_signal_handler(signal.SIGTERM, drain.set)
        loop.add_signal_handler(signal.SIGHUP, partial(_reload, server, read_again, quiet=quiet))
        if as_json:
            typer.echo(json.dumps(_addresses(server, metrics)))
        elif not quiet:
            _announce(server, configuration, metrics)
        await _until_stopped(server, stop, drain, configuration.drain_for, quiet=quiet)
    if not quiet:
        served = count(server.counters.sessions_opened, "session")
        stderr().print(f"Stopped. Served: {served}.")


async def _until_stopped(
    server: signaling.Server,
    stop: asyncio.Event,
    drain: asyncio.Event,
    drain_for: float,
    *,
    quiet: bool,
) -> None:
    waits = [asyncio.create_task(one.wait()) for one in (stop, drain)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        if not quiet:
            left = server.hub.sessions
            has = "has" if left == 1 else "have"
            who = f"{count(left, 'session')} {has} {drain_for:g} s to leave"
            stderr().print(f"Draining: {who}. Ctrl-C to stop now.")
        draining = asyncio.create_task(server.drain(drain_for))
        await asyncio.wait([draining, waits[0]], return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            await server.drain(0.0)
        await draining
    for wait in waits:
        wait.cancel()


def _reload(
    server: signaling.Server, read_again: Callable[[], Configuration], *, quiet: bool
) -> None:
    """Go on with the certificate and the relays as they are now, each unless it is bad."""
    problems = [] if server.reload() else ["The certificate cannot be used; the old one goes on."]
    try:
        server.change_ice(read_again().settings.ice)
    except OperatorError as error:
        problems.append(f"{error}. The old settings go on.")
    if problems:
        stderr().print(Text(f"error: {' '.join(problems)}"), soft_wrap=True)
    elif not quiet:
        stderr().print("Certificate and relays were read again.")


def _addresses(server: signaling.Server, metrics: str | None) -> dict[str, object]:
    places = [str(one) if isinstance(one, Path) else endpoint(one) for one in server.places]
    document: dict[str, object] = {"url": server.url, "listen": places}
    if metrics is not None:
        document["metrics"] = f"{metrics}/metrics"
    return document


def _announce(server: signaling.Server, configuration: Configuration, metrics: str | None) -> None:
    out = stdout()
    out.print(Text.assemble(("Ready.", FINE), f" {server.url}. Stop with Ctrl-C."), soft_wrap=True)
    rows = table("what", "value")
    for place in server.places:
        rows.add_row("listener", str(place) if isinstance(place, Path) else endpoint(place))
    rows.add_row("node", configuration.settings.node)
    rows.add_row("nodes", "this one alone" if configuration.redis is None else "meet in Redis")
    identity = configuration.identity
    rows.add_row("tokens", "are needed" if identity.key_files else "are not looked at")
    relays = configuration.settings.ice.every_relay
    rows.add_row("relays", ", ".join(relay.urls[0] for relay in relays) or "none")
    if metrics is not None:
        rows.add_row("metrics", f"{metrics}/metrics")
    out.print(rows)
