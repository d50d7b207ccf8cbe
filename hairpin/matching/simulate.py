"""`hairpin match simulate`: a season of a queue, for tuning it before players feel it."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from hairpin.console import QUIET, stderr, stdout
from hairpin.lab.options import JsonOption, QuietOption, SeedOption
from hairpin.matching.reading import DEFAULT_PLAYERS, read_hook, read_players, read_queue, write
from hairpin.matching.seasondocument import document
from hairpin.matching.seasondrawing import draw
from hairpin.matching.seasontables import Shown, show
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.season.arrivals import Rate, unsaid
from signaling.matchmaking.season.playing import Plan, play
from signaling.matchmaking.season.population import Population
from signaling.matchmaking.season.summary import summarize

_MOST_PLAYERS: Final = 5_000_000
_BETWEEN_PICTURES: Final = 0.1

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="The configuration of hairpin signaling that has the queue.",
    ),
]
QueueOption = Annotated[
    str | None,
    typer.Option("--queue", metavar="NAME", help="Which of its queues; duel by default."),
]
CompareOption = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="Play the queue of this configuration, too, with the same players; repeatable.",
    ),
]
RateOption = Annotated[
    float,
    typer.Option(
        metavar="N", help="How many players come each minute; in the busiest hour, with --trough."
    ),
]
TroughOption = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        help="How many come each minute in the quietest hour, 08:00; the busiest is 20:00.",
    ),
]
HoursOption = Annotated[float, typer.Option(metavar="N", help="How long the season is.")]
PlayersOption = Annotated[
    Path | None,
    typer.Option(
        "--players", metavar="FILE", help="Who comes: ratings, parties, regions, patience."
    ),
]
PlotOption = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE.svg", help="Draw it, too.")
]
PrintOption = Annotated[
    bool,
    typer.Option(
        "--print-players", help="Print who comes by default, to be changed and given to --players."
    ),
]


def simulate(
    config: ConfigOption = None,
    queue: QueueOption = None,
    compare: CompareOption = None,
    players_per_minute: RateOption = 60.0,
    trough: TroughOption = None,
    hours: HoursOption = 4.0,
    players: PlayersOption = None,
    seed: SeedOption = 1,
    plot: PlotOption = None,
    *,
    print_players: PrintOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Play a season of a queue in virtual time: how long players wait, and what their matches are like.

    Players come at random, wait, answer and lose patience, and the queue's own matcher works as it does in the
    server. The same seed brings the same players, so that configurations can be compared.

    Example: hairpin match simulate --config now.toml --compare wider.toml --players-per-minute 20

    Exit status: 0 played, 1 a file cannot be read or written, 2 wrong arguments.
    """
    if print_players:
        typer.echo(DEFAULT_PLAYERS.read_text(), nl=False)
        return
    rate = _rate(players_per_minute, trough, hours)
    plan = Plan(read_players(players), rate, hours * 3600, seed)
    files = [config, *(compare or ())]
    queues = [(path, read_queue(path, queue)) for path in files]
    for _, one in queues:
        _tell_unsaid(plan.population, one)
    started = time.perf_counter()
    seasons = _play([(_name(path, one), one) for path, one in queues], plan)
    took = time.perf_counter() - started
    if plot is not None:
        write(plot, draw(seasons))
    if as_json:
        told = document(seasons, seed=seed, rate=players_per_minute, took=took)
        typer.echo(json.dumps(told, indent=2))
    else:
        show(seasons, stdout(), quiet=quiet)


def _tell_unsaid(population: Population, queue: Queue) -> None:
    names = unsaid(population, queue)
    if names:
        told = ", ".join(names)
        text = f"note: players say nothing of {told} (queue {queue.name!r}): all say the same."
        stderr().print(Text(text, QUIET), soft_wrap=True)


def _name(path: Path | None, queue: Queue) -> str:
    return queue.name if path is None else path.name


def _rate(peak: float, trough: float | None, hours: float) -> Rate:
    if not 0 < hours <= 24 * 365:
        raise typer.BadParameter(f"{hours:g}: more than 0, a year at most", param_hint="--hours")
    if not 0 < peak * hours * 60 <= _MOST_PLAYERS:
        text = f"{peak:g} in {hours:g} h: more than 0, and at most {_MOST_PLAYERS:,} players in all"
        raise typer.BadParameter(text, param_hint="--players-per-minute")
    if trough is not None and not 0 <= trough <= peak:
        raise typer.BadParameter(f"{trough:g}: from 0 to {peak:g}, the peak", param_hint="--trough")
    return Rate(peak / 60, None if trough is None else trough / 60)


def _play(queues: Sequence[tuple[str, Queue]], plan: Plan) -> list[Shown]:
    seasons = []
    for number, (name, queue) in enumerate(queues, start=1):
        what = name if len(queues) == 1 else f"{name} ({number} of {len(queues)})"
        with _bar(f"playing {what}") as progress:
            season = play(queue, plan, hook=read_hook(queue), progress=progress)
        seasons.append(Shown(name, season, summarize(season)))
    return seasons


@contextmanager
def _bar(what: str) -> Iterator[Callable[[float], None]]:
    """A bar on the terminal, and nothing elsewhere."""
    console = stderr()
    with Progress(
        TextColumn(what),
        BarColumn(),
        TimeRemainingColumn(compact=True),
        console=console,
        auto_refresh=False,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task(what, total=1.0)
        shown = time.monotonic()

        def advance(share: float) -> None:
            nonlocal shown
            progress.update(bar, completed=share)
            if time.monotonic() - shown > _BETWEEN_PICTURES:
                shown = time.monotonic()
                progress.refresh()

        yield advance
