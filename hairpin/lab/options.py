"""Options that several subcommands of the lab share."""

import os
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print the verdict alone.")]
SeedOption = Annotated[int, typer.Option(help="The same seed tells the same story.")]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        max=256,
        help="How many processes to use; as many as there are processors by default.",
    ),
]


def processes(jobs: int | None) -> int:
    """How many processes to use."""
    return jobs if jobs is not None else len(os.sched_getaffinity(0))
