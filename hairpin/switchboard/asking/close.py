"""`hairpin signaling close`: put everybody out of a room."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from typing import Annotated

import typer
from rich.text import Text

from hairpin.asking import JsonOption, print_json
from hairpin.console import FINE, count, printable, stdout
from hairpin.switchboard.asking.connection import AdminOption, ReasonOption, asking
from signaling.operation.admin.messages import AskClose, PutOut


def close(
    room: Annotated[str, typer.Argument(metavar="ROOM", help="The room.")],
    admin: AdminOption,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Put all members out of a room, on all nodes. Whoever joins it afterwards opens a new one.

    Example: hairpin signaling close blue --reason 'time is up' --admin /run/hairpin/signaling.sock

    Exit status: 0 it is closed, 1 there is no such room or no server, 2 wrong arguments.
    """
    with asking(admin) as client:
        answer = client.ask(AskClose(room=room, reason=reason), PutOut)
    if as_json:
        print_json(answer)
        return
    told = f" {printable(room)}. {count(len(answer.peers), 'member')} put out."
    stdout().print(Text.assemble(("Closed", FINE), told), soft_wrap=True)
