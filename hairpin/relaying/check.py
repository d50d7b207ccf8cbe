"""`hairpin relay check`: is a configuration file right, and what does it mean?"""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from hairpin.console import FINE, HELPED, endpoint, stdout, table
from hairpin.relaying.reading import read_or_fail, read_users_or_fail
from relay.amplification import MOST, challenge_factor
from relay.configuration import Configuration, Document


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file.")],
) -> None:
    """Say whether a configuration file is right, and what it means.

    Example: hairpin relay check /etc/hairpin/relay.toml

    Exit status: 0 it is right, 1 it is not, 2 wrong arguments.
    """
    configuration = read_or_fail(Document(), file)
    listed = read_users_or_fail(configuration)
    out = stdout()
    out.print(Text.assemble(("Right.", FINE), f" {file} can be used."))
    if listed is not None and listed.warning is not None:
        out.print(Text(f"{listed.warning}.", HELPED), soft_wrap=True)
    factor = challenge_factor(configuration.settings)
    if factor > MOST:
        out.print(Text(_long_realm(factor), HELPED), soft_wrap=True)
    out.print(_meaning(configuration, 0 if listed is None else len(listed.users)))


def _long_realm(factor: float) -> str:
    return (
        f"The realm is long: whoever forges the sender of a request has the relay send {factor:.2f} times its bytes "
        f"there. A realm of up to 20 letters keeps it below {MOST}."
    )


def _meaning(configuration: Configuration, listed: int) -> Table:
    settings = configuration.settings
    rows = table("setting", "value")
    for key, addresses in (
        ("listen, UDP", settings.listen),
        ("listen, TCP", settings.listen_tcp),
        ("listen, TLS", settings.listen_tls),
        ("listen, DTLS", settings.listen_dtls),
    ):
        rows.add_row(key, ", ".join(endpoint(address) for address in addresses) or "none")
    alternate = settings.alternate
    rows.add_row("alternate", "none" if alternate is None else endpoint(alternate))
    rows.add_row("realm", settings.realm)
    rows.add_row("users", str(len(settings.users)))
    in_file = f"{listed} users in {settings.users_file}"
    rows.add_row("users file", "none" if settings.users_file is None else in_file)
    hook, limits = settings.webhook, settings.hook_limits
    asked = "none" if hook is None else f"{hook.url}, {limits.timeout:g} s, kept {limits.cache:g} s"
    rows.add_row("webhook", asked)
    rows.add_row("REST secrets", str(len(settings.rest_secrets)))
    rows.add_row("relay address", _each(settings.relay_address) or "the listener's")
    rows.add_row("announced address", _each(settings.external_address) or "the relay address")
    rows.add_row("relay ports", f"{settings.port_range[0]}-{settings.port_range[1]}")
    rows.add_row("peers", settings.peers.reach.value)
    others = ", ".join(endpoint(server) for server in settings.alternate_servers)
    when = settings.redirect.value
    rows.add_row("alternate servers", f"{others}, {when}" if others else "none")
    rows.add_row("proxies", ", ".join(settings.proxies) or "none")
    rows.add_row("peers over TCP", settings.tcp_relay.value)
    rows.add_row("channel numbers", settings.channel_numbers.value)
    rows.add_row("mobility", settings.mobility.value)
    rows.add_row("allowed besides", ", ".join(settings.peers.allow) or "none")
    rows.add_row("denied besides", ", ".join(settings.peers.deny) or "none")
    metrics, admin = configuration.metrics, configuration.admin
    rows.add_row("metrics", "none" if metrics is None else endpoint(metrics))
    rows.add_row("admin", "none" if admin is None else str(admin))
    return rows


def _each(hosts: str | tuple[str, ...] | None) -> str:
    return hosts if isinstance(hosts, str) else ", ".join(hosts or ())
