"""`hairpin signaling status`: how is the server that runs?"""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from rich.table import Table
from rich.text import Text

from hairpin.asking import JsonOption, print_json
from hairpin.console import BROKEN, FINE, HELPED, amount, count, span, stdout, table
from hairpin.switchboard.asking.connection import AdminOption, asking
from signaling.operation.admin.messages import AskStatus, Status


def status(admin: AdminOption, as_json: JsonOption = False) -> None:
    """Say how the server that runs is: whom it serves, what it carried, what it refused.

    Example: hairpin signaling status --admin /run/hairpin/signaling.sock

    Exit status: 0 it answered, 1 no server answers there, 2 wrong arguments.
    """
    with asking(admin) as client:
        answer = client.ask(AskStatus(), Status)
    if as_json:
        print_json(answer)
        return
    out = stdout()
    out.print(_verdict(answer), soft_wrap=True)
    out.print(_table(answer))


def _verdict(status: Status) -> Text:
    live = f" {count(status.sessions, 'session')} in {count(status.rooms, 'room')}"
    if status.draining:
        return Text.assemble(("Draining:", HELPED), f"{live} are left, and nobody is let in.")
    up = f"{live}, up {span(status.uptime)}."
    if not status.backplane_up:
        alone = " Redis cannot be reached: what is on this node goes on, joins are refused."
        return Text.assemble(("Cut off.", BROKEN), up, alone)
    return Text.assemble(("Serving.", FINE), up)


def _table(status: Status) -> Table:
    rows = table("what", "value")
    for listener in status.listeners:
        rows.add_row("listener", Text(listener))
    node = f"{status.node} ({status.region})" if status.region else status.node
    rows.add_row("node", Text(node))
    if status.nodes:
        rows.add_row("nodes that live", Text(", ".join(status.nodes)))
    rows.add_row("process", str(status.process))
    rows.add_row("sessions without a connection", f"{status.sessions_gone:,}")
    rows.add_row("kept for them that resume", amount(status.kept_bytes))
    rows.add_row("sessions so far", f"{status.sessions_total:,}")
    rows.add_row("resumed", f"{status.resumed_total:,}")
    rows.add_row("joins", f"{status.joins_total:,}")
    rows.add_row("messages received", f"{status.messages_total:,}")
    rows.add_row("signals delivered", f"{status.delivered_total:,}")
    rows.add_row("signals undelivered", f"{status.undelivered_total:,}")
    for name, times in sorted(status.errors.items(), key=lambda item: -item[1]):
        rows.add_row("refused", f"{times:,}: {name}")
    for code, times in sorted(status.closes.items(), key=lambda item: -item[1]):
        rows.add_row(f"closed with {code}", f"{times:,}")
    return rows
