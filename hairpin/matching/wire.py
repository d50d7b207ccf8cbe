"""What two players say to each other: what `pages/game/wire.js` is, for bots. Bytes and text become values here.

What cannot be read is None, whoever sent it.
"""

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hairpin.matching.rink import Body, Phase, Point, Rink

MOVES: Final = "moves"
#: Both sides make the channel, so that nobody has to ask.
MOVES_OPTIONS: Final[Mapping[str, Any]] = {
    "negotiated": True,
    "id": 64,
    "ordered": False,
    "maxRetransmits": 0,
}
VERSION: Final = 1
_SNAPSHOT: Final = struct.Struct("<BBHII14f")
_TARGET: Final = struct.Struct("<BBHIff")
_SNAPSHOT_KIND, _TARGET_KIND = 1, 2
_PHASES: Final = tuple(Phase)
_FAR: Final = 100.0
_LONGEST: Final = 2000
_LONGEST_NAME: Final = 24
_MOST: Final = 65536


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The host's table; `heard` is the number of the guest's newest move in it."""

    round: int
    number: int
    heard: int
    rink: Rink


@dataclass(frozen=True, slots=True)
class Target:
    """Where the guest wants its mallet."""

    round: int
    number: int
    where: Point


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """Write a table as bytes."""
    rink = snapshot.rink
    bodies = [
        number
        for body in (rink.puck, *rink.mallets)
        for number in (body.x, body.y, body.vx, body.vy)
    ]
    return _SNAPSHOT.pack(
        _SNAPSHOT_KIND,
        _PHASES.index(rink.phase),
        snapshot.round,
        snapshot.number,
        snapshot.heard,
        rink.left,
        rink.held,
        *bodies,
    )


def encode_target(target: Target) -> bytes:
    """Write a target as bytes."""
    return _TARGET.pack(_TARGET_KIND, 0, target.round, target.number, *target.where)


def read_move(data: object) -> Snapshot | Target | None:
    """Read a table or a target."""
    if not isinstance(data, bytes) or len(data) not in {_SNAPSHOT.size, _TARGET.size}:
        return None
    layout = _SNAPSHOT if len(data) == _SNAPSHOT.size else _TARGET
    kind, phase, round_, number, *rest = layout.unpack(data)
    numbers = rest[1:] if layout is _SNAPSHOT else rest
    if not all(math.isfinite(each) and abs(each) < _FAR for each in numbers):
        return None
    if layout is _TARGET:
        return Target(round_, number, Point(*numbers)) if kind == _TARGET_KIND else None
    if kind != _SNAPSHOT_KIND or phase >= len(_PHASES):
        return None
    left, held, *bodies = numbers
    puck, *mallets = (Body(*bodies[at : at + 4]) for at in (0, 4, 8))
    rink = Rink(puck, (mallets[0], mallets[1]), _PHASES[phase], left, held)
    return Snapshot(round_, number, rest[0], rink)


@dataclass(frozen=True, slots=True)
class Hello:
    """Who somebody is."""

    name: str
    bot: bool
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Begin:
    """A round begins."""

    round: int
    server: int


@dataclass(frozen=True, slots=True)
class Goal:
    """A side has scored."""

    round: int
    by: int
    score: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stalled:
    """The puck was on one side for too long."""

    round: int
    by: int


@dataclass(frozen=True, slots=True)
class Over:
    """A round is over."""

    round: int
    winner: int
    score: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Again:
    """Another round is wanted."""


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody does not look at the table, or does so again."""

    away: bool


Said = Hello | Begin | Goal | Stalled | Over | Again | Away
_KINDS: Final[Mapping[str, type[Said]]] = {
    "hello": Hello,
    "begin": Begin,
    "goal": Goal,
    "stalled": Stalled,
    "over": Over,
    "again": Again,
    "away": Away,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def say(said: Said) -> str:
    """Write an event as text."""
    fields = {name: getattr(said, name) for name in said.__dataclass_fields__}
    return json.dumps({"t": _NAMES[type(said)], **fields}, separators=(",", ":"))


def read_event(text: object) -> Said | None:
    """Read an event."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    try:
        came = json.loads(text)
    except (ValueError, RecursionError):
        return None
    name = came.get("t") if isinstance(came, dict) else None
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        return None
    values = {name: came.get(name) for name in kind.__dataclass_fields__}
    if not all(_FITS[name](value) for name, value in values.items()):
        return None
    if "score" in values:
        values["score"] = tuple(values["score"])
    if "name" in values:
        values["name"] = tidy(values["name"])
    return kind(**values)


def tidy(name: str) -> str:
    """A name as it is shown: one line, not too long."""
    clean = "".join(one if one.isprintable() else " " for one in name)
    return " ".join(clean.split())[:_LONGEST_NAME]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST


def _is_side(value: object) -> bool:
    return _is_count(value) and value in {0, 1}


def _is_score(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_count, value))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


_FITS: Final[Mapping[str, Callable[[object], bool]]] = {
    "version": _is_count,
    "name": _is_text,
    "bot": _is_flag,
    "round": _is_count,
    "server": _is_side,
    "by": _is_side,
    "winner": _is_side,
    "score": _is_score,
    "away": _is_flag,
}
