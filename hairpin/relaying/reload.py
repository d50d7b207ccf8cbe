"""SIGHUP: read the file and the certificate again, and go on with the old where the new is bad."""

from collections.abc import Callable

from rich.text import Text

import relay
from hairpin.console import BROKEN, stderr
from relay.configuration import Configuration
from stunwire import Address


def reload(
    server: relay.Server,
    metrics: Address | None,
    read: Callable[[], Configuration],
    *,
    quiet: bool,
) -> None:
    """Go on with what the file and the certificate hold now, each unless it is bad.

    Args:
        server: As it serves.
        metrics: Where it serves metrics, which cannot change.
        read: Reads the file again.
        quiet: Print nothing but errors.
    """
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
