"""`hairpin relay` without a subcommand: the server, until it is told to stop."""

import asyncio
import contextlib
import errno
import logging
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import relay
from hairpin.console import fail, stderr
from hairpin.flags import refuse_what_stands_before
from hairpin.metrics_listener import serve_metrics
from hairpin.relaying.announce import announce
from hairpin.relaying.options import Flags
from hairpin.relaying.reading import read, read_or_fail
from hairpin.relaying.reload import Reload
from hairpin.relaying.signals import handle_signals, until_stopped
from relay.admin.desk import Desk, Orders
from relay.admin.listener import serve_admin
from relay.configuration import Configuration
from relay.garbage import calm_collector
from relay.metrics import CONTENT_TYPE, make_exposition

_ANOTHER = "Choose another address or port."
_HINTS = {
    errno.EADDRINUSE: "Does another STUN server run here? Choose another port.",
    errno.EADDRNOTAVAIL: "It is not an address of this machine: choose one that is.",
    errno.EACCES: "It needs more rights: choose a port above 1023.",
}


def run(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML file; flags win over it.")
    ] = None,
    quiet: Annotated[  # noqa: FBT002 - typer reads an option from it
        bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")
    ] = False,
    *,
    flags: Flags,
) -> None:
    """Run the STUN and TURN server alone, until Ctrl-C.

    Without users or secrets it serves STUN only. Passwords on a command line can be read by others
    on this machine: prefer --config, --users-file, or HAIRPIN_RELAY_SECRET. SIGTERM lets live allocations end
    first, and stops when it comes again; SIGHUP reads the file and the certificate again.

    Example: hairpin relay --listen 203.0.113.7:3478 --realm example.org --user alice:wonderland

    Exit status: 0 stopped as asked, 1 a port is in use or a setting is wrong, 2 wrong arguments.
    """
    if context.invoked_subcommand is not None:
        refuse_what_stands_before(context, context.invoked_subcommand)
        return
    document = flags.document()
    configuration = read_or_fail(document, config)
    try:
        with asyncio.Runner(loop_factory=relay.new_event_loop) as runner:
            runner.run(_serve(configuration, partial(read, document, config), quiet=quiet))
    except OSError as error:  # it names the address
        fail(f"{error.strerror or error}. {_HINTS.get(error.errno or 0, _ANOTHER)}")
    except relay.RelayError as error:
        fail(str(error))


async def _serve(
    configuration: Configuration, read_again: Callable[[], Configuration], *, quiet: bool
) -> None:
    logging.basicConfig(level=logging.WARNING if quiet else logging.INFO, format="%(message)s")
    logging.getLogger("websockets").setLevel(logging.WARNING)  # of the listener for metrics
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every request to a webhook
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(relay.serve(configuration.settings))
        url = None
        if configuration.metrics is not None:
            expose = make_exposition(lambda: server.counters)
            url = await stack.enter_async_context(
                serve_metrics(
                    configuration.metrics, expose, CONTENT_TYPE, draining=lambda: server.draining
                )
            )
        reload = Reload(server, configuration, read_again)
        stop, drain = handle_signals(partial(reload.carry_out_and_tell, quiet=quiet))
        if configuration.admin is not None:
            answer = _answers(
                server, Orders(partial(_drain, server, drain), reload.carry_out_whole)
            )
            await stack.enter_async_context(serve_admin(configuration.admin, answer))
        calm_collector()
        if not quiet:
            announce(server, configuration, url)
        await until_stopped(server, stop, drain, quiet=quiet)
        counters = server.counters
    if not quiet:
        stderr().print(f"Stopped. {counters.allocations_opened} allocations were made.")


def _answers(server: relay.Server, orders: Orders) -> Callable[[bytes], Awaitable[bytes]]:
    clock = asyncio.get_running_loop().time
    desk = Desk(server, orders, process=os.getpid(), since=clock())
    return lambda line: desk.answer(line, unix_now=time.time(), now=clock())


def _drain(server: relay.Server, drain: asyncio.Event) -> None:
    """Begin at once, and let the server stop when it has nothing left."""
    server.drain()
    drain.set()
