"""The subcommands of `hairpin match`, each of which is loaded when it is called."""

import typer

from hairpin.later import Later, group_of

COMMANDS = (
    Later(
        "simulate",
        "hairpin.matching.simulate",
        "Play a season of a queue in virtual time: how long players wait, and what their matches are like.",
    ),
)

app = typer.Typer(
    cls=group_of(*COMMANDS),
    no_args_is_help=True,
    help="Queues of a game: tune them.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _options() -> None:
    """Queues of a game: tune them."""
