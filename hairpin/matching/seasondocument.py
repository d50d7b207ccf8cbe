"""A season as one JSON document: seconds, points of rating, milliseconds, and shares from 0 to 1."""

import math
from collections.abc import Sequence
from typing import Any

from hairpin import __version__
from hairpin.matching.seasontables import Shown
from signaling.matchmaking.season.summary import Group, Spread, Summary


def document(seasons: Sequence[Shown], *, seed: int, rate: float, took: float) -> dict[str, Any]:
    """All seasons, in the order in which they were asked for."""
    return {
        "version": __version__,
        "seed": seed,
        "players_per_minute": rate,
        "hours": round(seasons[0].season.seconds / 3600, 4),
        "took_s": round(took, 3),
        "seasons": [{"name": one.name, **_season(one)} for one in seasons],
    }


def _season(shown: Shown) -> dict[str, Any]:
    season, summary = shown.season, shown.summary
    return {
        "queue": season.queue.name,
        "players": summary.players,
        "tickets": summary.tickets,
        "endings": {ending.name.lower(): count for ending, count in summary.endings.items()},
        "matched": _round(summary.matched, 4),
        "wait_s": _spread(summary.waits, 3),
        "longest_wait_s": _round(summary.longest, 3),
        "slowest": _slowest(summary),
        "ratings": [{"from": one.low, "to": one.high, **_group(one)} for one in summary.bands],
        "regions": [{"region": one.name, **_group(one)} for one in summary.homes],
        "matches": {
            "count": summary.matches,
            "per_minute": round(summary.per_minute, 3),
            "aborted": summary.aborted,
            "full": _round(summary.full, 4),
            "with_bots": _round(summary.with_bots, 4),
            "rating_spread": _spread(summary.spread, 1),
            "team_difference": _spread(summary.imbalance, 1),
            "rtt_ms": _spread(summary.rtt, 1),
            "quality": _spread(summary.quality, 4),
        },
        "waiting": _spread(summary.pool, 2),
        "why_longer_than_30_s": {
            why.value: round(part, 4) for why, part in summary.reasons.items()
        },
        "moments": [
            {
                "at_s": round(moment.at, 1),
                "waiting": moment.waiting,
                "longest_s": round(moment.longest, 1),
                "arrived": moment.arrived,
                "matches": moment.matches,
            }
            for moment in season.moments
        ],
        "ticks": season.ticks,
        "searches_cut": season.cut,
    }


def _slowest(summary: Summary) -> dict[str, Any] | None:
    tail = summary.tail
    if tail is None:
        return None
    return {"rated_above": tail.above, "rated_below": tail.below, "region": tail.home}


def _group(group: Group) -> dict[str, Any]:
    return {
        "players": group.players,
        "matched": _round(group.matched, 4),
        "wait_s": _spread(group.waits, 3),
    }


def _spread(spread: Spread, digits: int) -> dict[str, float | None]:
    names = ("mean", "p5", "p50", "p90", "p95", "p99")
    values = {name: _round(getattr(spread, name), digits) for name in names}
    return {**values, "most": _round(spread.worst, digits)}


def _round(value: float, digits: int) -> float | None:
    return None if math.isnan(value) else round(value, digits)
