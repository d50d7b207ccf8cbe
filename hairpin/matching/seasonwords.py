"""A season in sentences that a tired person understands, and its figures with their units."""

import math
from typing import Final

from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.season.records import Ending
from signaling.matchmaking.season.summary import Summary, Tail

_MINUTES: Final = 600.0

ENDINGS: Final = {
    Ending.MATCHED: "matched",
    Ending.GAVE_UP: "gave up",
    Ending.EXPIRED: "expired",
    Ending.DECLINED: "turned a match down",
    Ending.REFUSED: "refused at the door",
    Ending.WAITING: "still waiting in the end",
}

REASONS: Final = {
    Blocked.ALONE: "nobody else waits with the same keys",
    Blocked.TOO_FEW: "too few wait",
    Blocked.RATING: "too far away in rating",
    Blocked.REGION: "no region near enough to all",
    Blocked.PROPERTY: "a rule about a property",
    Blocked.AVOIDED: "avoided players",
    Blocked.SIZE: "parties do not fill the teams",
    Blocked.QUALITY: "not good enough yet",
    Blocked.PAUSED: "connection lost",
}


def seconds(value: float) -> str:
    """How long somebody waits: `0.2 s`, `5.4 s`, `41 s`, `12 min`."""
    if math.isnan(value):
        return "–"
    if value >= _MINUTES:
        return f"{value / 60:.0f} min"
    return f"{value:.1f} s" if value < 9.95 else f"{value:.0f} s"


def percent(share: float) -> str:
    """A share, with a decimal where that matters: `97 %`, `0.4 %`."""
    if math.isnan(share):
        return "–"
    edge = 0 < share < 0.0995 or 0.9005 < share < 1
    return f"{share * 100:.1f} %" if edge else f"{share * 100:.0f} %"


def points(value: float) -> str:
    """Points of rating."""
    return "–" if math.isnan(value) else f"{value:,.0f}"


def milliseconds(value: float) -> str:
    """A round trip."""
    return "–" if math.isnan(value) else f"{value:.0f} ms"


def verdict(summary: Summary) -> str:
    """How long the players wait, and who waits longest."""
    waits = summary.waits
    if not waits.count:
        return "Nobody came, or nobody was let in."
    text = (
        f"Half of the players wait less than {seconds(waits.p50)};"
        f" one in a hundred longer than {seconds(waits.p99)}"
    )
    tail = "" if summary.tail is None else f", most of them {_tail(summary.tail)}"
    return f"{text}{tail}."


def outcome(summary: Summary) -> str:
    """What became of the players, the usual first: `97 % of 14,421 players are matched, 2.6 % gave up.`"""
    players = summary.players
    parts = [f"{percent(summary.matched)} of {players:,} players are matched"]
    parts += [
        f"{percent(number / players)} {ENDINGS[ending]}"
        for ending, number in summary.endings.items()
        if number and ending not in (Ending.MATCHED, Ending.WAITING)
    ]
    return f"{', '.join(parts)}."


def compared(first: Summary, other: Summary, name: str) -> str:
    """What another configuration makes of the same people."""
    one, two = first.waits, other.waits
    return (
        f"With {name} half wait less than {seconds(two.p50)} in place of {seconds(one.p50)}, and one in a hundred"
        f" longer than {seconds(two.p99)} in place of {seconds(one.p99)}; half of the matches span more than"
        f" {points(other.spread.p50)} points of rating in place of {points(first.spread.p50)}."
    )


def _tail(tail: Tail) -> str:
    if tail.home is not None:
        return f"from {tail.home}"
    above = "" if tail.above is None else f"above {_round(tail.above)}"
    below = "" if tail.below is None else f"below {_round(tail.below)}"
    return f"rated {' or '.join(part for part in (below, above) if part)}"


def _round(rating: float) -> str:
    return f"{round(rating, -1):,.0f}"
