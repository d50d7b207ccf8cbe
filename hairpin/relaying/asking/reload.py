"""`hairpin relay reload`: read the configuration and the certificate again."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from rich.text import Text

from hairpin.asking import JsonOption, print_json
from hairpin.console import FINE, HELPED, count, stdout
from hairpin.relaying.asking.connection import AdminOption, asking
from relay.admin.messages import AskReload, Reloaded


def reload(admin: AdminOption, as_json: JsonOption = False) -> None:
    """Let the relay read its configuration, its certificate and its users file again, as SIGHUP does.

    Users, secrets, peers' networks, limits and alternate servers change at once. What cannot change
    without a restart, or cannot be meant, is named here, and the old settings go on.

    Example: hairpin relay reload --admin /run/hairpin/relay.sock

    Exit status: 0 it is in force, 1 it is refused or no relay answers there, 2 wrong arguments.
    """
    with asking(admin) as client:
        answer = client.ask(AskReload(), Reloaded)
    if as_json:
        print_json(answer)
    else:
        told = " What was read is in force."
        if isinstance(answer.users, int):
            told += f" The users file lists {count(answer.users, 'user')}."
        stdout().print(Text.assemble(("Reloaded.", FINE), told))
        if isinstance(answer.note, str):
            stdout().print(Text(f"{answer.note}.", HELPED), soft_wrap=True)
