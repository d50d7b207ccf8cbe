"""`hairpin lab population`: which share of a mix of peers connects directly, and how fast."""
# ruff: noqa: FBT002 - typer reads options from booleans with defaults

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from hairpin.console import fail, stderr, stdout
from hairpin.lab import mix, populationtables
from hairpin.lab.couples import draw, play
from hairpin.lab.options import JobsOption, JsonOption, QuietOption, SeedOption, processes
from hairpin.lab.workers import spread

PairsOption = Annotated[
    int, typer.Option(metavar="N", min=1, max=1_000_000, help="How many pairs to draw.")
]
MixOption = Annotated[
    Path | None, typer.Option("--mix", metavar="FILE", help="Draw from this mix of NATs.")
]
PrintMixOption = Annotated[
    bool,
    typer.Option("--print-mix", help="Print the default mix, to be changed and given to --mix."),
]


def population(
    pairs: PairsOption = 1000,
    mix_file: MixOption = None,
    print_mix: PrintMixOption = False,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Report which share of a mix of peers connects directly, by kind of pair, and how fast.

    Pairs of peers are drawn from a mix of NATs and meet with real ICE, without a relay, in virtual
    time. It is the yardstick for everything that shall make more peers meet: the same seed draws
    the same pairs. The time is from the moment both have started until both are connected.

    Example: hairpin lab population --pairs 200 --mix my-users.toml

    Exit status: 0 played, 1 the mix cannot be read, 2 wrong arguments.
    """
    if print_mix:
        typer.echo(mix.DEFAULT.read_text(), nl=False)
        return
    try:
        drawn_from = mix.read(mix_file)
    except mix.MixError as error:
        fail(str(error))
    started = time.perf_counter()
    met = spread(
        play,
        draw(drawn_from, pairs, seed),
        processes=processes(jobs),
        what="playing pairs",
        console=stderr(),
    )
    took = time.perf_counter() - started
    if as_json:
        document = populationtables.document(drawn_from, met, seed=seed, took=took)
        typer.echo(json.dumps(document, indent=2))
    else:
        populationtables.show(drawn_from, met, stdout(), took=took, quiet=quiet)
