"""`hairpin signaling reload`: read configuration, keys and certificate again."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from rich.text import Text

from hairpin.asking import JsonOption, print_json
from hairpin.console import FINE, HELPED, stdout
from hairpin.switchboard.asking.connection import AdminOption, asking
from signaling.operation.admin.messages import AskReload, Reloaded


def reload(admin: AdminOption, as_json: JsonOption = False) -> None:
    """Let the server read its configuration, keys and certificate again, as SIGHUP does.

    Relays, limits of rooms and sessions, keys and the certificate change at once. What needs a restart
    is named; what cannot be used is refused, and the old goes on.

    Example: hairpin signaling reload --admin /run/hairpin/signaling.sock

    Exit status: 0 it is in force, 1 it is refused or no server answers there, 2 wrong arguments.
    """
    with asking(admin) as client:
        answer = client.ask(AskReload(), Reloaded)
    if as_json:
        print_json(answer)
        return
    out = stdout()
    out.print(Text.assemble(("Reloaded.", FINE), " What was read is in force."))
    if answer.unchanged:
        names = ", ".join(answer.unchanged)
        out.print(Text(f"A restart is needed to change: {names}.", HELPED), soft_wrap=True)
