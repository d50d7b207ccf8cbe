"""What a relay says as soon as it serves: whom, and where."""

from rich.text import Text

import relay
from hairpin.console import FINE, HELPED, endpoint, stdout, table
from relay.configuration import Configuration


def announce(server: relay.Server, configuration: Configuration, metrics: str | None) -> None:
    """Print the listeners with the ports that the system chose.

    Args:
        server: As it serves.
        configuration: What it was made from.
        metrics: The URL of the listener for metrics, without a path.
    """
    out = stdout()
    serves = "STUN and TURN" if configuration.settings.has_credentials else "STUN only"
    out.print(Text.assemble(("Ready.", FINE), f" Serving {serves}. Stop with Ctrl-C."))
    if not configuration.settings.has_credentials:
        out.print(
            Text("No user and no secret is set, so nobody can relay: --user, --secret.", HELPED)
        )
    rows = table("listener", "address")
    for transport, address in server.listeners:
        rows.add_row(transport.name, endpoint(address))
    if metrics is not None:
        rows.add_row("metrics", f"{metrics}/metrics")
    if configuration.admin is not None:
        rows.add_row("admin", str(configuration.admin))
    out.print(rows)
