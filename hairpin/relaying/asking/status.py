"""`hairpin relay status`: how is the relay that runs?"""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

from rich.table import Table
from rich.text import Text

from hairpin.asking import JsonOption, print_json
from hairpin.console import FINE, HELPED, amount, count, span, stdout, table
from hairpin.relaying.asking.connection import AdminOption, asking
from relay.admin.messages import AskStatus, Stage, Status


def status(admin: AdminOption, as_json: JsonOption = False) -> None:
    """Say how the relay that runs is: whom it serves, what it relayed, what it refused.

    Example: hairpin relay status --admin /run/hairpin/relay.sock

    Exit status: 0 it answered, 1 no relay answers there, 2 wrong arguments.
    """
    with asking(admin) as client:
        answer = client.ask(AskStatus(), Status)
    if as_json:
        print_json(answer)
        return
    out = stdout()
    out.print(_verdict(answer))
    out.print(_table(answer))


def _verdict(status: Status) -> Text:
    live = f"{count(status.allocations, 'allocation')} of at most {status.most_allocations:,}"
    if status.stage is Stage.DRAINING:
        return Text.assemble(("Draining:", HELPED), f" {live} are left, and no more are given.")
    return Text.assemble(("Serving.", FINE), f" {live}, up {span(status.uptime)}.")


def _table(status: Status) -> Table:
    traffic = status.traffic
    rows = table("what", "value")
    for listener in status.listeners:
        rows.add_row(f"listener, {listener.transport.upper()}", listener.address)
    rows.add_row("realm", Text(status.realm))
    rows.add_row("process", str(status.process))
    rows.add_row("allocations so far", f"{status.allocations_opened:,}")
    rows.add_row("Binding requests", f"{status.bindings:,}")
    rows.add_row("clients' connections", f"{status.connections:,}")
    for way, packets, size in (
        ("to peers", traffic.to_peer_packets, traffic.to_peer_bytes),
        ("to clients", traffic.to_client_packets, traffic.to_client_bytes),
    ):
        rows.add_row(f"relayed {way}", f"{amount(size)} in {count(packets, 'packet')}")
    for code, times in status.refusals.items():
        first = " (every client's first request among them)" if code == _CHALLENGE else ""
        rows.add_row(f"refused with {code}", f"{times:,}{first}")
    for kind, reasons in (("dropped", status.drops), ("hung up", status.hang_ups)):
        for reason, times in sorted(reasons.items(), key=lambda item: -item[1]):
            rows.add_row(kind, f"{times:,}: {reason}")
    return rows


_CHALLENGE = 401
