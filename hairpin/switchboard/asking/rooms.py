"""`hairpin signaling rooms`: the rooms of all nodes, and who is in them."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from hairpin.asking import JsonOption
from hairpin.console import FINE, count, fail, printable, table
from hairpin.switchboard.asking.connection import AdminOption, LimitOption, asking, show_list
from signaling.operation.admin.messages import RoomStatus


def rooms(
    admin: AdminOption,
    room: Annotated[
        str | None, typer.Argument(metavar="ROOM", help="Only this one; all by default.")
    ] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List rooms with their members, those on other nodes too.

    A member that is gone has lost its connection and may still come back.

    Example: hairpin signaling rooms --admin /run/hairpin/signaling.sock

    Exit status: 0 it answered, 1 no server answers there or there is no such room, 2 wrong arguments.
    """
    with asking(admin) as client:
        found = list(client.rooms(room))
    if room is not None and not found:
        fail(f"there is no room {room!r}.")
    show_list("rooms", found, as_json=as_json, verdict=_verdict(found), rows=_table, limit=limit)


def _verdict(found: list[RoomStatus]) -> Text:
    if not found:
        return Text("Nobody is in any room.")
    members = count(sum(len(one.members) for one in found), "member")
    return Text.assemble((f"{count(len(found), 'room')}.", FINE), f" {members} in all.")


def _table(shown: Sequence[RoomStatus]) -> Table:
    rows = table("room", "what", "member", "role", "state", "node")
    for one in shown:
        what = [one.topology, f"{len(one.members)} of {one.max}"]
        what += ["locked"] * one.locked + ["key"] * one.keyed
        for number, member in enumerate(one.members):
            rows.add_row(
                Text("" if number else printable(one.room)),
                "" if number else ", ".join(what),
                Text(printable(member.peer)),
                member.role,
                member.state,
                Text(member.node),
            )
    return rows
