"""`hairpin relay sessions`: who relays what, the most first."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import enum
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from hairpin.asking import JsonOption
from hairpin.console import FINE, amount, count, printable, span, stdout, table
from hairpin.relaying.asking.connection import AdminOption, asking
from operating.messages import VERSION
from relay.admin.messages import SessionStatus


class Order(enum.Enum):
    """What comes first."""

    BYTES = "bytes"
    AGE = "age"
    EXPIRES = "expires"
    USER = "user"


_KEYS: dict[Order, Callable[[SessionStatus], Any]] = {
    Order.BYTES: lambda one: -_bytes(one),
    Order.AGE: lambda one: -one.age,
    Order.EXPIRES: lambda one: one.expires_in,
    Order.USER: lambda one: (one.user, one.allocation),
}


def sessions(
    admin: AdminOption,
    user: Annotated[str | None, typer.Option(metavar="NAME", help="Only this user's.")] = None,
    client: Annotated[
        str | None, typer.Option(metavar="ADDRESS[:PORT]", help="Only this client's.")
    ] = None,
    by: Annotated[Order, typer.Option(help="What comes first.")] = Order.BYTES,
    limit: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="How many to show.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List live allocations: whose they are, their relayed addresses, and what they relayed.

    Bytes are payload bytes since the allocation was made.

    Example: hairpin relay sessions --admin /run/hairpin/relay.sock --by age --limit 5

    Exit status: 0 it answered, 1 no relay answers there, 2 wrong arguments.
    """
    with asking(admin) as asked:
        found = sorted(asked.sessions(user=user, client=client), key=_KEYS[by])
    shown = found[:limit]
    if as_json:
        document = {"version": VERSION, "total": len(found), "sessions": shown}
        typer.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
        return
    out = stdout()
    out.print(_verdict(found, len(shown), by))
    if shown:
        out.print(_table(shown))


def _verdict(found: list[SessionStatus], shown: int, by: Order) -> Text:
    if not found:
        return Text("No allocation lives.")
    total = sum(_bytes(one) for one in found)
    text = Text.assemble(
        (f"{count(len(found), 'allocation')}.", FINE), f" They have relayed {amount(total)}."
    )
    if shown < len(found):
        text.append(f" The first {shown} by {by.value} are shown (--limit, --by).")
    return text


def _table(shown: list[SessionStatus]) -> Table:
    numbers = ("#", "age", "expires", "perm.", "chan.", "to peer", "to client")
    rows = table("#", "user", "client", "relayed", *numbers[1:], right=numbers)
    for one in shown:
        rows.add_row(
            str(one.allocation),
            Text(printable(one.user)),
            f"{one.client} {one.transport.upper()}",
            one.relayed,
            span(one.age),
            span(one.expires_in),
            str(one.permissions),
            str(one.channels + one.connections),
            amount(one.traffic.to_peer_bytes),
            amount(one.traffic.to_client_bytes),
        )
    return rows


def _bytes(one: SessionStatus) -> int:
    return one.traffic.to_peer_bytes + one.traffic.to_client_bytes
