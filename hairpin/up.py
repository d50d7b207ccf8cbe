"""`hairpin up`: the all-in-one server, from its options and the first line it prints to a clean stop."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import asyncio
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import typer

from hairpin.allinone import lan
from hairpin.allinone import options as parsing
from hairpin.allinone.announce import announce, document
from hairpin.allinone.options import Tls, UpOptions
from hairpin.allinone.plan import Plan, make, needs_lan
from hairpin.allinone.selfsigned import keep_fresh
from hairpin.console import cannot_listen, count, fail, stderr, stdout
from hairpin.matching.duel import DUEL
from hairpin.matching.standby import Standby, start_with
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


def up(
    tls: parsing.TlsOption = None,
    host: parsing.HostOption = None,
    name: parsing.NameOption = None,
    tls_cert: parsing.TlsCertOption = None,
    tls_key: parsing.TlsKeyOption = None,
    signaling: parsing.SignalingOption = None,
    relay: parsing.RelayOption = None,
    alternate: parsing.AlternateOption = None,
    relay_tls: parsing.RelayTlsOption = None,
    public_host: parsing.PublicHostOption = None,
    relay_ports: parsing.RelayPortsOption = "49152-65535",
    secret: parsing.SecretOption = None,
    allow_private_peers: parsing.PrivatePeersOption = False,
    metrics: parsing.MetricsOption = None,
    qr: parsing.QrOption = None,
    as_json: parsing.JsonOption = False,
    quiet: parsing.QuietOption = False,
) -> None:
    """Run the signaling server and the relay, until Ctrl-C.

    Browsers find a video chat and a game there. Without options it is for this machine alone.

    Example: hairpin up --tls self-signed, for phones in this network.

    Example: hairpin up --signaling 0.0.0.0:8080 --relay 0.0.0.0:3478 --public-host 203.0.113.7

    Exit status: 0 stopped as asked, 1 a port, a network or a certificate is not to be had, 2 wrong
    arguments.
    """
    options = UpOptions(
        tls=parsing.parse_tls(tls, tls_cert, tls_key),
        host=parsing.parse_host(host),
        names=parsing.parse_names(name),
        signaling=parsing.parse_listening(signaling, "--signaling"),
        relay=parsing.parse_relay(relay, "--relay"),
        alternate=parsing.parse_relay_or_off(alternate, "--alternate"),
        relay_tls=parsing.parse_relay_or_off(relay_tls, "--relay-tls"),
        public_host=parsing.parse_optional_address(public_host, "--public-host"),
        relay_ports=parsing.parse_port_range(relay_ports),
        secret=secret,
        allow_private_peers=allow_private_peers,
        metrics=parsing.parse_listening(metrics, "--metrics"),
        qr=qr,
        as_json=as_json,
        quiet=quiet,
    )
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
    standby = Standby(DUEL.name, start_with(None if own is None else own.path))
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(serve(plan.services, [standby.hear]))
        metrics = await _serve_metrics(stack, options, running)
        await stack.enter_async_context(standby)
        standby.open(running.local_url)
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
        typer.echo(document(plan, running, metrics))
    elif not options.quiet:
        now = datetime.now(UTC)
        announce(stdout(), plan, running, options, metrics=metrics, now=now)
