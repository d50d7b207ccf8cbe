"""`hairpin signaling queues`: who waits for a match, for how long, and what is played."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from hairpin.asking import JsonOption
from hairpin.console import FINE, count, printable, span, table
from hairpin.switchboard.asking.connection import AdminOption, asking, show_list
from signaling.operation.admin.messages import AskQueues, Queues, QueueStatus


def queues(admin: AdminOption, as_json: JsonOption = False) -> None:
    """List the queues of all nodes: tickets that wait, the longest wait, matches found and played.

    Example: hairpin signaling queues --admin /run/hairpin/signaling.sock

    Exit status: 0 it answered, 1 no server answers there or its queues cannot be reached, 2 wrong arguments.
    """
    with asking(admin) as client:
        found = client.ask(AskQueues(), Queues).queues
    show_list("queues", found, as_json=as_json, verdict=_verdict(found), rows=_table)


def _verdict(found: Sequence[QueueStatus]) -> Text:
    if not found:
        return Text("This server has no queues.")
    waiting = count(sum(one.waiting for one in found), "ticket")
    running = count(sum(one.running for one in found), "match").replace("matchs", "matches")
    return Text.assemble(
        (f"{count(len(found), 'queue')}.", FINE), f" {waiting} waiting, {running} played."
    )


def _table(found: Sequence[QueueStatus]) -> Table:
    numbers = (
        "waiting",
        "longest wait",
        "parties incomplete",
        "found",
        "played",
        "players",
        "open",
    )
    rows = table("queue", *numbers, right=numbers)
    for one in found:
        rows.add_row(
            Text(printable(one.queue)),
            f"{one.waiting:,}",
            "" if one.longest is None else span(one.longest),
            f"{one.gathering:,}",
            f"{one.found:,}",
            f"{one.running:,}",
            f"{one.players:,}",
            f"{one.openings:,}",
        )
    return rows
