"""`hairpin relay disconnect`: end the allocations of a user or a client, or one of them."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from typing import Annotated

import msgspec
import typer
from rich.text import Text

from hairpin.asking import JsonOption
from hairpin.console import FINE, HELPED, count, stdout
from hairpin.relaying.asking.connection import AdminOption, asking
from operating.messages import VERSION
from relay.admin.messages import AskDisconnect, Disconnected

_NOBODY = 3


def disconnect(
    admin: AdminOption,
    user: Annotated[str | None, typer.Option(metavar="NAME", help="This user's.")] = None,
    client: Annotated[
        str | None, typer.Option(metavar="ADDRESS[:PORT]", help="This client's.")
    ] = None,
    allocation: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="The one with this number.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """End the allocations of a user, of a client, or one; what is said together must all be so.

    A client learns it from its next request, and may come again as long as its credential is good:
    to keep a user out, take it from the configuration and reload first.

    Example: hairpin relay disconnect --admin /run/hairpin/relay.sock --user alice

    Exit status: 0 some were ended, 1 no relay answers there, 2 wrong arguments, 3 there was none.
    """
    if user is None and client is None and allocation is None:
        raise typer.BadParameter("expected --user, --client or --allocation")
    ended, left = 0, 1
    with asking(admin) as asked:
        request = AskDisconnect(user=user, client=client, allocation=allocation)
        while left:  # the relay ends some at a time, so that packets need not wait for it
            answer = asked.ask(request, Disconnected)
            ended, left = ended + answer.ended, answer.left
    if as_json:
        typer.echo(msgspec.json.encode({"version": VERSION, "ended": ended}).decode())
    elif ended:
        stdout().print(Text.assemble(("Ended", FINE), f" {count(ended, 'allocation')}."))
    else:
        stdout().print(Text.assemble(("No allocation", HELPED), " fits that: nothing was ended."))
    if not ended:
        raise typer.Exit(_NOBODY)
