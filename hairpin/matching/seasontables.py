"""A season on the terminal: verdict, figures, who waits, a histogram; several seasons side by side."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.text import Text

import hairpin.console as look
from hairpin.matching.seasonwords import (
    REASONS,
    compared,
    milliseconds,
    outcome,
    percent,
    points,
    seconds,
    verdict,
)
from signaling.matchmaking.season.records import Season
from signaling.matchmaking.season.summary import Group, Spread, Summary, waits_of

_WELL: Final = 0.95
_POORLY: Final = 0.8
_BAR: Final = 40
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_BOUNDS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)


@dataclass(frozen=True, slots=True)
class Shown:
    """A season with its name and figures."""

    name: str
    season: Season
    summary: Summary


def show(seasons: Sequence[Shown], out: Console, *, quiet: bool) -> None:
    """Print the verdicts, and unless that is enough the tables."""
    first = seasons[0]
    out.print(Text(verdict(first.summary), _colour(first.summary)))
    out.print(Text(outcome(first.summary)))
    for other in seasons[1:]:
        out.print(Text(compared(first.summary, other.summary, other.name)))
    if quiet:
        return
    out.print(_figures(seasons))
    for what, groups_of in (("rating", _bands), ("region", _homes)):
        if len(groups_of(first)) > 1:
            out.print(_groups(what, seasons, groups_of))
    for shown in seasons:
        _show_reasons(shown, out, named=len(seasons) > 1)
    for line in histogram(seasons):
        out.print(line)
    hours = f"{first.season.seconds / 3600:g} h"
    matchers = sum(shown.season.ticks for shown in seasons)
    note = f"{hours} of the queue {first.season.queue.name!r}, {matchers:,} ticks of the matcher"
    out.print(Text(note, look.QUIET))


def _colour(summary: Summary) -> str:
    if summary.matched >= _WELL:
        return look.FINE
    return look.HELPED if summary.matched >= _POORLY else look.BROKEN


_ROWS: Final[tuple[tuple[str, Callable[[Summary], str]], ...]] = (
    ("wait, half of the players", lambda one: seconds(one.waits.p50)),
    ("wait, 90 %", lambda one: seconds(one.waits.p90)),
    ("wait, 95 %", lambda one: seconds(one.waits.p95)),
    ("wait, 99 %", lambda one: seconds(one.waits.p99)),
    ("longest wait", lambda one: seconds(one.longest)),
    ("players matched", lambda one: percent(one.matched)),
    ("matches a minute", lambda one: f"{one.per_minute:.1f}"),
    ("rating spread in a match, median (95 %)", lambda one: _two(one.spread, points)),
    ("difference of teams, median (95 %)", lambda one: _two(one.imbalance, points)),
    ("round trip of the farthest, median (95 %)", lambda one: _two(one.rtt, milliseconds)),
    ("quality, median (lowest 5 %)", lambda one: f"{one.quality.p50:.2f} ({one.quality.p5:.2f})"),
    ("tickets that wait, mean (most)", lambda one: f"{one.pool.mean:.1f} ({one.pool.worst:.0f})"),
)
_SOMETIMES: Final[tuple[tuple[str, Callable[[Summary], bool], Callable[[Summary], str]], ...]] = (
    ("matches with every seat taken", lambda one: one.full < 1, lambda one: percent(one.full)),
    ("matches with bots", lambda one: one.with_bots > 0, lambda one: percent(one.with_bots)),
    ("matches that came to nothing", lambda one: one.aborted > 0, lambda one: f"{one.aborted:,}"),
)


def _figures(seasons: Sequence[Shown]) -> object:
    names = tuple(shown.name for shown in seasons)
    rows = look.table("", *names, right=names)
    summaries = [shown.summary for shown in seasons]
    for name, text in _ROWS:
        rows.add_row(name, *map(text, summaries))
    for name, matters, text in _SOMETIMES:
        if any(map(matters, summaries)):
            rows.add_row(name, *map(text, summaries))
    return rows


def _two(spread: Spread, unit: Callable[[float], str]) -> str:
    return f"{unit(spread.p50)} ({unit(spread.p95)})"


def _bands(shown: Shown) -> tuple[Group, ...]:
    return shown.summary.bands


def _homes(shown: Shown) -> tuple[Group, ...]:
    return shown.summary.homes


def _groups(
    what: str, seasons: Sequence[Shown], groups_of: Callable[[Shown], tuple[Group, ...]]
) -> object:
    """The same groups of the same players, in each season."""
    numbers = ["players"]
    for shown in seasons:
        whose = f"{shown.name}: " if len(seasons) > 1 else ""
        numbers += [f"{whose}half wait", "99 %", "matched"]
    rows = look.table(what, *numbers, right=tuple(numbers))
    for groups in zip(*map(groups_of, seasons), strict=True):
        cells = [cell for group in groups for cell in _group(group)]
        rows.add_row(groups[0].name, f"{groups[0].players:,}", *cells)
    return rows


def _group(group: Group) -> tuple[str, str, str]:
    return seconds(group.waits.p50), seconds(group.waits.p99), percent(group.matched)


def _show_reasons(shown: Shown, out: Console, *, named: bool) -> None:
    reasons = sorted(shown.summary.reasons.items(), key=lambda pair: -pair[1])
    if reasons:
        whose = f" ({shown.name})" if named else ""
        text = ", ".join(f"{REASONS[why]} {percent(share)}" for why, share in reasons)
        out.print(Text(f"Why tickets wait longer than 30 s{whose}: {text}."))


def histogram(seasons: Sequence[Shown]) -> list[Text]:
    """How many players wait for how long; a bar for each season."""
    counted = [_count(waits_of(shown.season.fates)) for shown in seasons]
    most = max((max(shares, default=0.0) for shares in counted), default=0.0)
    last = max((n for shares in counted for n, share in enumerate(shares) if share), default=-1)
    lines = []
    edges = (0.0, *_BOUNDS, math.inf)
    width = max(len(shown.name) for shown in seasons) if len(seasons) > 1 else 0
    for number in range(last + 1):
        low, high = edges[number], edges[number + 1]
        name = f"{low:g} – {high:g} s" if high < math.inf else f"over {low:g} s"
        for at, shares in enumerate(counted):
            label = f"{name if at == 0 else '':>12}"
            whose = f"  {seasons[at].name:{width}}" if width else ""
            lines.append(
                Text(f"{label}{whose}  {_bar(shares[number], most)} {percent(shares[number])}")
            )
    return lines


def _count(waits: Sequence[float]) -> list[float]:
    counts = [0] * (len(_BOUNDS) + 1)
    for wait in waits:
        counts[sum(bound <= wait for bound in _BOUNDS)] += 1
    return [count / len(waits) for count in counts] if waits else []


def _bar(share: float, most: float) -> str:
    eighths = round(share / most * _BAR * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")) or ("▏" if share else "")
