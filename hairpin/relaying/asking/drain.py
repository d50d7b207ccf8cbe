"""`hairpin relay drain`: no more allocations; the relay stops when the last is gone."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from rich.text import Text

from hairpin.asking import JsonOption, print_json
from hairpin.console import HELPED, count, stdout
from hairpin.relaying.asking.connection import AdminOption, asking
from relay.admin.messages import AskDrain, Draining


def drain(admin: AdminOption, as_json: JsonOption = False) -> None:
    """Let the relay give no more allocations, and stop when its last is gone, as SIGTERM does.

    /healthz answers 503 meanwhile. Clients go to the alternate servers, if there are any. There is
    no way back but a restart.

    Example: hairpin relay drain --admin /run/hairpin/relay.sock

    Exit status: 0 it drains, 1 no relay answers there, 2 wrong arguments.
    """
    with asking(admin) as client:
        answer = client.ask(AskDrain(), Draining)
    if as_json:
        print_json(answer)
        return
    left = count(answer.allocations, "allocation")
    stdout().print(Text.assemble(("Draining:", HELPED), f" {left} left, then it stops."))
