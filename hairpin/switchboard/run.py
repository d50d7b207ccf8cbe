"""`hairpin signaling` without a subcommand: the server, until it is told to stop."""

import asyncio
import contextlib
import errno
import json
import logging
import os
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
from hairpin.switchboard.steering import Steering
from signaling.faults import NodesError, OperatorError
from signaling.operation.admin.desk import Desk, Orders
from signaling.operation.admin.listener import serve_admin
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

    SIGTERM sends the clients away, spread over a while, and stops; SIGHUP reads relays, limits, keys and
    the certificate again. With --admin the other commands ask it and steer it. Secrets on a command line can be read by others on this machine: prefer
    --config, or HAIRPIN_SIGNALING_TURN_SECRET and HAIRPIN_SIGNALING_REDIS.

    Example: hairpin signaling --listen 0.0.0.0:8080 --turn turn:turn.example.org --turn-secret S

    Exit status: 0 stopped as asked, 1 a port is in use or a setting is wrong, 2 wrong arguments.
    """
    if context.invoked_subcommand is not None:
        refuse_what_stands_before(context, context.invoked_subcommand)
        return
    document = flags.document()
    configuration = read_or_fail(document, config)
    log = start_logging(configuration.log)
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
    finally:
        logging.getLogger().removeHandler(log)


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
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as stack:
        server = await start(stack, settled(configuration))
        steering = Steering(server, configuration, read_again, quiet=quiet)
        await _serve_admin(stack, server, steering, configuration.admin)
        metrics = await start_metrics(stack, configuration.metrics, server)
        loop.add_signal_handler(signal.SIGINT, steering.stop)
        loop.add_signal_handler(signal.SIGTERM, steering.drain)
        loop.add_signal_handler(signal.SIGHUP, steering.reload_aloud)
        if as_json:
            typer.echo(json.dumps(_addresses(server, metrics)))
        elif not quiet:
            _announce(server, configuration, metrics)
        await steering.until_stopped()
    if not quiet:
        served = count(server.counters.sessions_opened, "session")
        stderr().print(f"Stopped. Served: {served}.")


async def _serve_admin(
    stack: contextlib.AsyncExitStack,
    server: signaling.Server,
    steering: Steering,
    path: Path | None,
) -> None:
    if path is None:
        return
    loop = asyncio.get_running_loop()
    orders = Orders(steering.drain, steering.reload)
    desk = Desk(server, orders, process=os.getpid(), since=loop.time())
    listener = serve_admin(path, lambda line: desk.answer(line, loop.time()))
    await stack.enter_async_context(listener)


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
    rows.add_row("node", Text(server.settings.node))
    rows.add_row("nodes", "this one alone" if configuration.redis is None else "meet in Redis")
    identity = configuration.identity
    rows.add_row("tokens", "are needed" if identity.key_files else "are not looked at")
    relays = configuration.settings.ice.every_relay
    queues = ", ".join(queue.name for queue in configuration.queues)
    rows.add_row("queues", Text(queues or "none"))
    rows.add_row("relays", ", ".join(relay.urls[0] for relay in relays) or "none")
    if metrics is not None:
        rows.add_row("metrics", f"{metrics}/metrics")
    if configuration.admin is not None:
        rows.add_row("admin", Text(str(configuration.admin)))
    out.print(rows)
