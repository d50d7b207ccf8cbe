"""`hairpin signaling sessions`: who is on this node."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from hairpin.asking import JsonOption
from hairpin.console import FINE, amount, count, printable, table
from hairpin.switchboard.asking.connection import AdminOption, LimitOption, asking, show_list
from signaling.operation.admin.messages import SessionStatus


def sessions(
    admin: AdminOption,
    peer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only those that bear this name.")
    ] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List the sessions of this node: names, addresses, rooms, and what is kept for them.

    Example: hairpin signaling sessions --admin /run/hairpin/signaling.sock --peer alice

    Exit status: 0 it answered, 1 no server answers there, 2 wrong arguments.
    """
    with asking(admin) as client:
        found = list(client.sessions(peer))
    show_list("sessions", found, as_json=as_json, verdict=_verdict(found), rows=_table, limit=limit)


def _verdict(found: list[SessionStatus]) -> Text:
    if not found:
        return Text("There is no session.")
    return Text.assemble((f"{count(len(found), 'session')}.", FINE))


def _table(shown: Sequence[SessionStatus]) -> Table:
    numbers = ("sent", "heard", "kept")
    rows = table("session", "name", "subject", "address", "state", "rooms", *numbers, right=numbers)
    for one in shown:
        rows.add_row(
            one.sid,
            Text(printable(one.peer)),
            Text(printable(one.subject)),
            Text(one.address),
            one.state,
            Text(printable(", ".join(one.rooms))),
            f"{one.sent:,}",
            f"{one.heard:,}",
            amount(one.kept),
        )
    return rows
