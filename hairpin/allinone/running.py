"""`hairpin up` at work: both servers and what belongs to them, from the first line it prints to a clean stop."""

import asyncio
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import typer

from hairpin.allinone import lan
from hairpin.allinone.announce import announce, document
from hairpin.allinone.options import Tls, UpOptions
from hairpin.allinone.plan import Plan, make, needs_lan
from hairpin.allinone.roombot import for_room
from hairpin.allinone.selfsigned import keep_fresh
from hairpin.console import cannot_listen, count, fail, stderr, stdout
from hairpin.matching.duel import DUEL
from hairpin.matching.standby import for_queue, start_with
from hairpin.metrics_listener import serve_metrics
from hairpin.services import CannotListenError, Running, Service, serve
from relay import RelayError, new_event_loop

_OPTIONS = {
    Service.SIGNALING: "--signaling",
    Service.RELAY: "--relay",
    Service.SECOND: "--alternate",
    Service.RELAY_TLS: "--relay-tls",
    Service.METRICS: "--metrics",
}
_GUESSES = {
    Service.SIGNALING: "another web server?",
    Service.METRICS: "another web server?",
}


def run(options: UpOptions) -> None:
    """Serve as the options say; a fault of the environment is a line, and exit status 1."""
    try:
        found = lan.find() if needs_lan(options) else None
        plan = make(options, found, None, datetime.now(UTC))
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(run_up(options, plan))
    except BrokenPipeError:
        raise  # nobody reads what it prints
    except (OSError, ValueError, RelayError) as error:
        fail(explain(error))


async def run_up(options: UpOptions, plan: Plan) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        CannotListenError: An address is in use, or not this machine's.
        CertificateError: The certificate cannot be used.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    own = plan.certificate if plan.tls is Tls.SELF_SIGNED else None
    bots = [for_queue(DUEL.name, start_with(None if own is None else own.path))]
    if options.bot_room is not None:
        bots.append(for_room(options.bot_room, plan.certificate))
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(serve(plan.services, [bot.hear for bot in bots]))
        metrics = await _serve_metrics(stack, options, running)
        for bot in bots:
            await stack.enter_async_context(bot)
            bot.open(running.local_url)
        if own is not None:
            fresh = asyncio.create_task(keep_fresh(own.path.parent, plan.names))
            stack.callback(fresh.cancel)
        _say(options, plan, running, metrics)
        await stop.wait()
        if not options.quiet:
            stderr().print("Stopping ...")
    if not options.quiet:
        served = count(running.signaling.counters.sessions_opened, "session")
        stderr().print(f"Stopped. Served: {served}.")


def explain(error: OSError | ValueError | RelayError) -> str:
    """A fault of the environment or of the options, in one line that says what to do."""
    if isinstance(error, CannotListenError):
        return cannot_listen(
            error.cause,
            error.address,
            what=_GUESSES.get(error.service, "another STUN server?"),
            option=_OPTIONS[error.service],
        )
    return f"{str(error).rstrip('.')}."


async def _serve_metrics(stack: AsyncExitStack, options: UpOptions, running: Running) -> str | None:
    if options.metrics is None:
        return None
    exposed = running.signaling.metrics.expose
    listener = serve_metrics(options.metrics, lambda: exposed()[0], exposed()[1])
    try:
        return await stack.enter_async_context(listener)
    except OSError as error:
        raise CannotListenError(Service.METRICS, options.metrics, error) from error


def _say(options: UpOptions, plan: Plan, running: Running, metrics: str | None) -> None:
    if options.as_json:
        typer.echo(document(plan, running, metrics, options.bot_room))
    elif not options.quiet:
        now = datetime.now(UTC)
        announce(stdout(), plan, running, options, metrics=metrics, now=now)
