"""`hairpin nat watch`: a line for each change of what stands between here and the internet."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import asyncio
import contextlib
import json
import time
from typing import Annotated

import typer
from rich.text import Text

from hairpin.console import (
    QUIET,
    cannot_listen,
    fail,
    parse_endpoint,
    printable,
    span,
    stderr,
    stdout,
)
from hairpin.diagnosis.asking import stopping
from hairpin.diagnosis.gauges import CONTENT_TYPE, Gauges
from hairpin.diagnosis.options import server_of
from hairpin.metrics_listener import serve_metrics
from nat.discovery import Plan
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.watching import WISHES, Change, changes

_SHORTEST, _LONGEST = 5.0, 86_400.0


def watch(
    server: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST[:PORT]", help="A STUN server in place of the built-in list; repeatable."
        ),
    ] = None,
    interface: Annotated[
        str | None, typer.Option(metavar="NAME", help="The interface to leave through.")
    ] = None,
    every: Annotated[
        float, typer.Option(metavar="SECONDS", help="From one look to the next.")
    ] = 30.0,
    metrics: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Where to serve /metrics for Prometheus."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each change as a JSON document on its line.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing; for --metrics.")
    ] = False,
) -> None:
    """Print a line for each change, until Ctrl-C: address, port, type, loss, reachability.

    The port is that of a socket that is kept open: another one means that the NAT has forgotten its mapping. The
    first lines tell how things are, and so does the port after the network was away, which takes the socket along.
    Nothing is printed for what is not known at the moment.

    Example: hairpin nat watch --every 60 --metrics 127.0.0.1:9100

    Exit status: 0 stopped as asked, 1 the port for metrics is not to be had, 2 wrong arguments.
    """
    if not _SHORTEST <= every <= _LONGEST:
        raise typer.BadParameter(
            f"{every:g} s: expected {_SHORTEST:g} to {_LONGEST:g}", param_hint="--every"
        )
    where = None if metrics is None else parse_endpoint(metrics, option="--metrics")
    servers = tuple(server_of(text) for text in server or ())
    plan = Plan(servers=servers, wishes=WISHES, interface=interface or "")
    asyncio.run(_watch(plan, every, where, as_json=as_json, quiet=quiet))


async def _watch(
    plan: Plan, every: float, metrics: tuple[str, int] | None, *, as_json: bool, quiet: bool
) -> None:
    gauges = Gauges()
    async with contextlib.AsyncExitStack() as stack:
        stop = stack.enter_context(stopping())
        if metrics is not None:
            serving = serve_metrics(metrics, gauges.expose, CONTENT_TYPE)
            try:
                url = await stack.enter_async_context(serving)
            except OSError as error:
                fail(cannot_listen(error, metrics, what="another exporter?", option="--metrics"))
            if not quiet:
                stderr().print(f"Metrics at {url}/metrics.", soft_wrap=True)
        if not (quiet or as_json):
            stderr().print(f"Looking every {every:g} s; a line for each change. Stop with Ctrl-C.")
        looking = asyncio.create_task(_look(plan, every, gauges, as_json=as_json, quiet=quiet))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((looking, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking


async def _look(plan: Plan, every: float, gauges: Gauges, *, as_json: bool, quiet: bool) -> None:
    async with contextlib.aclosing(changes(plan, AsyncioNetwork(), every=every)) as looks:
        async for glimpse, changed in looks:
            gauges.set(glimpse, changed)
            for change in () if quiet else changed:
                tell_change(change, as_json=as_json)


def tell_change(change: Change, *, as_json: bool) -> None:
    """Print a change on its line."""
    if as_json:
        document = {
            "at": round(change.at, 3),
            "change": change.aspect.value,
            "before": change.before or None,
            "now": change.now,
            "lasted": round(change.lasted, 3) if change.before else None,
        }
        print(json.dumps(document), flush=True)
        return
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(change.at))
    line = Text.assemble((f"{when}  ", QUIET), f"{change.aspect.value}: ")
    if change.before:
        line.append(f"{printable(change.before)} → ")
    line.append(printable(change.now), "bold")
    if change.before:
        line.append(f", after {span(change.lasted)}", QUIET)
    stdout().print(line, soft_wrap=True)
