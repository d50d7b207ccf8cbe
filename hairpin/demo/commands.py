"""`hairpin demo`: reads its options, plays, and prints what came of it."""
# ruff: noqa: FBT002, PLC0415 - typer reads options from booleans with defaults; peers are loaded by what plays

import json
from typing import Annotated

import typer

import nat
from hairpin.behaviors import behavior_of
from hairpin.console import fail, stdout

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")]


def demo(
    nat_a: Annotated[
        str | None, typer.Option(metavar="NAT", help="What stands before the one who waits.")
    ] = None,
    nat_b: Annotated[
        str | None, typer.Option(metavar="NAT", help="What stands before the one who comes.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Connect two peers, on real sockets and through simulated NATs.

    NAT is a popular name (full-cone, restricted-cone, port-restricted-cone, symmetric) or
    MAPPING/FILTERING, each endpoint-independent, address-dependent or address-and-port-dependent.
    With --nat-a or --nat-b that one pairing is simulated; a side left out is port-restricted.

    Example: hairpin demo --nat-a symmetric --nat-b address-dependent/endpoint-independent

    Exit status: 0 every path found is the path expected, 1 one is not, 2 wrong arguments.
    """
    from hairpin.demo import tables
    from hairpin.demo.run import DemoFailedError, DemoPlan, run_demo

    plan = DemoPlan(seed=seed, pairing=_pairing(nat_a, nat_b))
    try:
        report = run_demo(plan)
    except DemoFailedError as error:
        fail(str(error))
    if as_json:
        typer.echo(json.dumps(report.document(), indent=2))
    else:
        tables.show(report, stdout(), quiet=quiet)
    if not report.ok:
        raise typer.Exit(1)


def _pairing(nat_a: str | None, nat_b: str | None) -> tuple[nat.Behavior, nat.Behavior] | None:
    if nat_a is None and nat_b is None:
        return None
    return behavior_of(nat_a, "--nat-a"), behavior_of(nat_b, "--nat-b")
