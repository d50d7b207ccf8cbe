"""`hairpin relay mint`: a time-limited credential, made by the relay that knows the secret."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from typing import Annotated

import typer
from rich.text import Text

from hairpin.asking import JsonOption, print_json
from hairpin.console import FINE, printable, span, stdout, table
from hairpin.relaying.asking.connection import AdminOption, asking
from relay.admin.messages import LONGEST_TTL, AskMint, Minted


def mint(
    user: Annotated[str, typer.Argument(metavar="USER", help="Whom it is for.")],
    admin: AdminOption,
    ttl: Annotated[
        int, typer.Option(min=1, max=LONGEST_TTL, metavar="SECONDS", help="How long it is good.")
    ] = 3600,
    as_json: JsonOption = False,
) -> None:
    """Make a time-limited TURN credential with the relay's newest secret, which it does not show.

    Example: hairpin relay mint alice --ttl 600 --admin /run/hairpin/relay.sock

    Exit status: 0 it is made, 1 the relay has no secret or none answers there, 2 wrong arguments.
    """
    with asking(admin) as client:
        answer = client.ask(AskMint(user=user, ttl=ttl), Minted)
    if as_json:
        print_json(answer)
        return
    out = stdout()
    out.print(Text.assemble(("Good for", FINE), f" {span(ttl)}, from now."))
    rows = table("what", "value")
    rows.add_row("username", Text(printable(answer.username)))
    rows.add_row("password", Text(answer.password))
    rows.add_row("realm", Text(answer.realm))
    out.print(rows)
