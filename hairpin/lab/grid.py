"""`hairpin lab grid`: the truth table of two peers, each behind one NAT, played cell by cell."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import json
import time
from pathlib import Path
from typing import Annotated

import typer

import nat
from hairpin.console import fail, stderr, stdout
from hairpin.lab import gridpage, gridtables
from hairpin.lab.cells import cells, play
from hairpin.lab.options import JobsOption, JsonOption, QuietOption, SeedOption, processes
from hairpin.lab.workers import spread

RelayOption = Annotated[
    bool, typer.Option("--relay", help="Give the peers a relay to fall back on.")
]
HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write a page with the reason of each cell, too."),
]
ModelOption = Annotated[
    nat.Model, typer.Option(help="What a NAT does where RFC 4787 leaves it open.")
]


def grid(
    relay: RelayOption = False,
    model: ModelOption = nat.Model.PURE,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    html: HtmlOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Print who can meet whom: all 81 pairings of mapping and filtering, played with real ICE.

    Two peers, each behind one NAT, in virtual time. A cell that differs from what the rules of NAT
    traversal let one expect is marked. The models: pure (a filter belongs to a mapping),
    endpoint-filters (it belongs to the endpoint inside), conntrack (Linux: what was let in is
    answered from where it came).

    Example: hairpin lab grid --model conntrack --relay

    Exit status: 0 every cell is as expected, 1 one is not or FILE cannot be written, 2 wrong arguments.
    """
    started = time.perf_counter()
    todo = cells(model, with_relay=relay, seed=seed)
    played = spread(
        play, todo, processes=processes(jobs), what="playing 81 pairings", console=stderr()
    )
    took = time.perf_counter() - started
    if html is not None:
        _write(html, gridpage.page(played, took))
    if as_json:
        typer.echo(json.dumps(gridtables.document(played, took), indent=2))
    else:
        gridtables.show(played, stdout(), took, quiet=quiet)
    if not all(one.ok for one in played):
        raise typer.Exit(1)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror or error}")
