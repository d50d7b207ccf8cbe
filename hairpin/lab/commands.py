"""The subcommands of `hairpin lab`, each of which does its work in a module of its name.

To add one, write its function in a module of its own (`hairpin/lab/shell.py`), with a docstring that has an
`Example:` and an `Exit status:` line, and a line in `COMMANDS`. A group of subcommands is a `typer.Typer`.
"""

import typer

from hairpin.later import Later, group_of

_HERE = "hairpin.lab"

COMMANDS = (
    Later(
        "grid",
        f"{_HERE}.grid",
        "Print who can meet whom: all 81 pairings of mapping and filtering, played with real ICE.",
    ),
    Later(
        "population",
        f"{_HERE}.population",
        "Report which share of a mix of peers connects directly, by kind of pair, and how fast.",
    ),
    Later(
        "run",
        f"{_HERE}.run",
        "Play a world of hosts, NATs, links, events and programs, which a TOML file describes.",
    ),
    Later(
        "shell",
        f"{_HERE}.shell",
        "Open a shell inside a host of a world, which is built in the kernel and lasts as long as it.",
    ),
    Later(
        "tun",
        f"{_HERE}.tun",
        "Let two hosts try to meet, or run a PROGRAM, with the simulator as their network.",
        "app",
    ),
    Later(
        "kernel",
        f"{_HERE}.kernel",
        "The same worlds in the real kernel: network namespaces, and NATs of nftables. Needs root.",
        "app",
    ),
)

app = typer.Typer(
    cls=group_of(*COMMANDS),
    no_args_is_help=True,
    help="A lab for NATs: who can meet whom, and why not.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _options() -> None:
    """A lab for NATs: who can meet whom, and why not."""
