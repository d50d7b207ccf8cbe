"""What an evening of bots came to: the verdict, a table of matches, and the same as JSON."""

from typing import Any, Final

from rich.console import Console
from rich.text import Text

from hairpin.console import BROKEN, FINE, HELPED, milliseconds, table
from hairpin.matching.arena import Evening, Match
from hairpin.matching.game import Ending
from peer import PathKind

_VERSUS: Final = " – "


def verdict(evening: Evening) -> Text:
    """Say in one sentence how it went."""
    matches = evening.matches
    connected = [match for match in matches if match.is_connected]
    if evening.was_stopped:
        return Text(f"Stopped. {_matches(len(matches))} over by then.")
    if not matches:
        return Text("Nobody was matched.", BROKEN)
    missing = len(matches) - len(connected)
    relayed = sum(_kind(match) is PathKind.RELAYED for match in connected)
    way = f", {relayed} of them by relay" if relayed else " directly"
    how = f"{missing} not connected" if missing else f"all connected{way}"
    text = f"{_matches(len(matches))}, {how}."
    if evening.unmatched:
        text += f" Not matched: {', '.join(evening.unmatched)}."
    style = BROKEN if not evening.is_fine else HELPED if relayed else FINE
    return Text(text, style)


def show(evening: Evening, console: Console, *, quiet: bool) -> None:
    """Print the verdict, and the matches below."""
    console.print(verdict(evening))
    if quiet or not evening.matches:
        return
    rows = table(
        "match", "waited", "connected", "path", "score", "end", right=("waited", "connected")
    )
    for match in evening.matches:
        first = match.players[0]
        rows.add_row(
            Text(_VERSUS.join(_names(match))),
            milliseconds(max(each.waited for each in match.players)),
            milliseconds(first.connected),
            _path(match),
            ":".join(map(str, match.score)),
            Text(_end(match)),
        )
    console.print(rows)
    if evening.plan.measures:
        console.print(Text(f"How well others reach this machine: {evening.openness.value}."))


def document(evening: Evening) -> dict[str, Any]:
    """The same for programs; durations in milliseconds."""
    return {
        "ok": evening.is_fine and not evening.was_stopped,
        "stopped": evening.was_stopped,
        "queue": evening.plan.queue,
        "players": evening.plan.players,
        "openness": evening.openness.value,
        "unmatched": list(evening.unmatched),
        "matches": [
            {
                "match": match.id,
                "players": _names(match),
                "host": next((each.bot for each in match.players if each.hosts), None),
                "waited_ms": [_ms(each.waited) for each in match.players],
                "connect_ms": _ms(match.players[0].connected),
                "path": None if (kind := _kind(match)) is None else kind.value,
                "rtt_ms": _ms(match.players[0].outcome.round_trip),
                "score": list(match.score),
                "end": _end(match),
            }
            for match in evening.matches
        ],
    }


def _matches(number: int) -> str:
    return f"{number} match" if number == 1 else f"{number} matches"


def _names(match: Match) -> list[str]:
    if len(match.players) > 1:
        return [each.bot for each in match.players]
    only = match.players[0]
    return [only.bot, only.outcome.other or "?"]


def _kind(match: Match) -> PathKind | None:
    path = match.players[0].outcome.path
    return None if path is None else path.kind


def _path(match: Match) -> Text:
    kind = _kind(match)
    if kind is None:
        return Text("none", BROKEN)
    trip = match.players[0].outcome.round_trip
    words = kind.words if trip is None else f"{kind.words}, {milliseconds(trip)}"
    return Text(words, HELPED if kind is PathKind.RELAYED else FINE)


def _end(match: Match) -> str:
    endings = [each.outcome.ending for each in match.players]
    if Ending.FINISHED in endings:
        return Ending.FINISHED.value
    outcome = match.players[0].outcome
    return f"{outcome.ending.value}: {outcome.reason}" if outcome.reason else outcome.ending.value


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
