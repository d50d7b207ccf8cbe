"""`hairpin signaling kick`: put a member out of a room."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from typing import Annotated

import typer
from rich.text import Text

from hairpin.asking import JsonOption, print_json
from hairpin.console import FINE, printable, stdout
from hairpin.switchboard.asking.connection import AdminOption, ReasonOption, asking
from signaling.operation.admin.messages import AskKick, PutOut


def kick(
    room: Annotated[str, typer.Argument(metavar="ROOM", help="The room.")],
    peer: Annotated[str, typer.Argument(metavar="PEER", help="The member's name in it.")],
    admin: AdminOption,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Put a member out of a room, on whichever node it is.

    It may come again if nothing keeps it out: a token that has run out, or a lock on the room.

    Example: hairpin signaling kick blue mallory --reason spam --admin /run/hairpin/signaling.sock

    Exit status: 0 it is out, 1 there is no such room or member or no server, 2 wrong arguments.
    """
    with asking(admin) as client:
        answer = client.ask(AskKick(room=room, peer=peer, reason=reason), PutOut)
    if as_json:
        print_json(answer)
        return
    told = f" {printable(peer)} is out of {printable(room)}."
    stdout().print(Text.assemble(("Put out:", FINE), told), soft_wrap=True)
