"""What became of a world that was played, for people and for programs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

import hairpin.console as look
from hairpin import __version__
from hairpin.lab.printing import Printed
from nat.worlds import Outcome, Result

_MOST_DROPS: Final = 20
_MOST_LINES: Final = 200


@dataclass(frozen=True, slots=True)
class PlayedWorld:
    """A world after its end.

    Attributes:
        file: where it was described.
        seed: with which it was played.
        result: what became of it.
        printed: what its programs printed.
        took: seconds of real time.
        is_real: whether the world's time was real, too.
    """

    file: Path
    seed: int
    result: Result
    printed: Printed
    took: float
    is_real: bool = False


def show(played: PlayedWorld, out: Console, *, quiet: bool) -> None:
    """Print the verdict, the programs, what they printed, and the drops in words."""
    out.print(verdict(played))
    if quiet:
        return
    if played.result.outcomes:
        out.print(_programs(played.result))
    _show_lines(played.printed, out)
    drops = played.result.simulation.explain().splitlines()
    for drop in drops[:_MOST_DROPS]:
        out.print(Text(drop, look.QUIET), soft_wrap=True)
    if len(drops) > _MOST_DROPS:
        out.print(Text(f"… and {len(drops) - _MOST_DROPS} more; --trace shows all.", look.QUIET))


def verdict(played: PlayedWorld) -> Text:
    """The whole world in one sentence."""
    outcomes = played.result.outcomes
    failed = sum(one.error is not None for one in outcomes)
    kind = "real" if played.is_real else "virtual"
    time = f"{played.result.lasted:.1f} s of {kind} time ({played.took:.1f} s, seed {played.seed})"
    if failed:
        programs = look.count(len(outcomes), "program")
        return Text(f"{failed} of {programs} failed, after {time}.", look.BROKEN)
    if not outcomes:
        return Text(f"The world runs no program; it lasted {time}.", look.HELPED)
    programs = "The program" if len(outcomes) == 1 else f"All {len(outcomes)} programs"
    return Text(f"{programs} did well, within {time}.", look.FINE)


def document(played: PlayedWorld) -> dict[str, Any]:
    """The world as one JSON document; times in virtual milliseconds unless the name says real."""
    simulation = played.result.simulation
    return {
        "version": __version__,
        "file": str(played.file),
        "seed": played.seed,
        "ok": played.result.succeeded,
        "lasted_ms": _ms(played.result.lasted),
        "real_ms": round(played.took * 1000),
        "programs": [_record(one) for one in played.result.outcomes],
        "printed": [
            {"ms": _ms(line.time), "host": line.host, "text": line.text}
            for line in played.printed.lines
        ],
        "drops": simulation.explain().splitlines() if simulation.dropped() else [],
        "trace": simulation.trace_digest(),
    }


def _programs(result: Result) -> Any:
    rows = look.table("host", "program", "began", "ended", "result", right=("began", "ended"))
    for one in result.outcomes:
        rows.add_row(
            one.host,
            one.program,
            _clock(one.began),
            _clock(one.ended) if one.ended is not None else "at the end",
            Text(look.printable(_result(one)), look.FINE if one.error is None else look.BROKEN),
        )
    return rows


def _show_lines(printed: Printed, out: Console) -> None:
    width = max((len(line.host) for line in printed.lines), default=0)
    for line in printed.lines[:_MOST_LINES]:
        head = f"{_clock(line.time):>10} {line.host:{width}} │ "
        out.print(Text.assemble((head, look.QUIET), look.printable(line.text)), soft_wrap=True)
    left = len(printed.lines) - _MOST_LINES + printed.left_out
    if left > 0:
        out.print(Text(f"… and {look.count(left, 'line')} more", look.QUIET))


def _result(one: Outcome) -> str:
    if one.error is not None:
        return f"failed: {type(one.error).__name__}: {one.error}"
    return "" if one.value is None else str(one.value)


def _record(one: Outcome) -> dict[str, Any]:
    error = None if one.error is None else f"{type(one.error).__name__}: {one.error}"
    return {
        "host": one.host,
        "program": one.program,
        "began_ms": _ms(one.began),
        "ended_ms": _ms(one.ended),
        "result": None if one.value is None else str(one.value),
        "error": error,
    }


def _clock(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.3f} s"


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
