"""Queues as a configuration says them: the tables `[queues.NAME]` of a TOML file, and what they mean.

Keys are those of `Queue`, written with hyphens; what is not said is as there. `false` stands for what does not matter.
"""

import math
from typing import Any, Final, TypeAlias

import msgspec

from signaling.faults import SettingsError
from signaling.matchmaking.configuration.checks import check
from signaling.matchmaking.configuration.hooks import load_hook
from signaling.matchmaking.configuration.queues import (
    Equal,
    Falling,
    Overlap,
    Queue,
    Rule,
    Widening,
    Within,
)

MOST_PLAYERS: Final = 128
"""Of a match."""
LONGEST: Final = 86_400.0
_LONGEST_NAME: Final = 64


class _Table(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A table whose keys are known."""


Off: TypeAlias = bool
"""`false`, for what does not matter; `true` means nothing."""


class WideningTable(_Table, frozen=True):
    """A bound that grows with waiting."""

    start: float
    per_second: float = 0.0
    after: float = 0.0
    most: float | None = None


class FallingTable(_Table, frozen=True):
    """A threshold that falls with waiting."""

    start: float
    per_second: float = 0.0
    after: float = 0.0
    least: float = 0.0


class RuleTable(_Table, frozen=True):
    """What a property must have in common: one of `equal`, `within` and `overlap`, each with the property's name."""

    equal: str | None = None
    within: str | None = None
    distance: WideningTable | float | None = None
    overlap: str | None = None
    least: int | None = None


class QueueTable(_Table, frozen=True):
    """One queue."""

    keys: tuple[str, ...] | None = None
    teams: int | None = None
    team_size: int | None = None
    team_min: int | None = None
    team_max: int | None = None
    undersized_after: float | None = None
    rating: WideningTable | Off | None = None
    starving_after: float | None = None
    rtt: WideningTable | Off | None = None
    rules: tuple[RuleTable, ...] = ()
    quality: FallingTable | Off | None = None
    quality_scale: float | None = None
    party_bonus: float | None = None
    party_max: int | None = None
    accept_within: float | Off | None = None
    expires_after: float | None = None
    bots_after: float | Off | None = None
    trust_ratings: bool | None = None
    rating_default: float | None = None
    most_waiting: int | None = None
    hook: str | None = None


def make_queue(name: str, table: QueueTable) -> Queue:
    """Turn a table into a queue.

    Raises:
        SettingsError: A value cannot be meant; the message names the key.
    """
    place = f"queues.{name}"
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise SettingsError(f"queues: a name has 1 to {_LONGEST_NAME} characters, got {name!r}")
    usual = Queue(name)
    queue = Queue(
        name=name,
        keys=_keys(f"{place}.keys", table.keys or ()),
        rating=_widening(f"{place}.rating", table.rating, usual.rating),
        rtt=_widening(f"{place}.rtt", table.rtt, usual.rtt),
        rules=tuple(_rule(f"{place}.rules[{at}]", one) for at, one in enumerate(table.rules)),
        quality=_falling(f"{place}.quality", table.quality),
        accept_within=_optional(f"{place}.accept-within", table.accept_within, 1.0),
        bots_after=_optional(f"{place}.bots-after", table.bots_after, 0.0),
        trust_ratings=usual.trust_ratings if table.trust_ratings is None else table.trust_ratings,
        hook=table.hook or "",
        **_teams(place, table, usual),
        **_numbers(place, table, usual),
    )
    check(queue, _settings(table), place)
    if queue.hook:
        load_hook(queue.hook, f"{place}.hook")
    return queue


def _settings(table: QueueTable) -> frozenset[str]:
    """What a table says, in the words of `Queue`."""
    said = {name for name in table.__struct_fields__ if getattr(table, name) not in (None, ())}
    return frozenset(said)


_BOUNDS: Final = (
    ("undersized_after", 0.0, LONGEST),
    ("starving_after", 0.0, LONGEST),
    ("quality_scale", 1e-9, 1e9),
    ("party_bonus", -1e9, 1e9),
    ("expires_after", 1.0, LONGEST),
    ("rating_default", -1e9, 1e9),
    ("most_waiting", 1, 10_000_000),
)


def _numbers(place: str, table: QueueTable, usual: Queue) -> dict[str, Any]:
    found = {}
    for name, least, most in _BOUNDS:
        value = getattr(table, name)
        key = f"{place}.{name.replace('_', '-')}"
        found[name] = getattr(usual, name) if value is None else _within(key, value, least, most)
    return found


def _teams(place: str, table: QueueTable, usual: Queue) -> dict[str, Any]:
    """Teams, their sizes, and the largest party, which fits into a team."""
    size = table.team_size
    if size is not None and (table.team_min is not None or table.team_max is not None):
        raise SettingsError(
            f"{place}.team-size: it stands for team-min and team-max, say one or the other"
        )
    teams = _said(table.teams, usual.teams)
    high = _said(table.team_max, _said(size, usual.team_max))
    low = _said(table.team_min, high)
    _within(f"{place}.teams", teams, 1, MOST_PLAYERS)
    key = f"{place}.{'team-max' if size is None else 'team-size'}"
    _within(key, high, 1, MOST_PLAYERS // teams)
    _within(f"{place}.team-min", low, 1, high)
    if teams * high == 1:
        raise SettingsError(f"{place}.teams: a match has at least two players, got one team of one")
    party = _said(table.party_max, usual.party_max)
    _within(f"{place}.party-max", party, 1, high)
    return {"teams": teams, "team_min": low, "team_max": high, "party_max": party}


def _said(value: int | None, usual: int) -> int:
    return usual if value is None else value


def _keys(place: str, names: tuple[str, ...]) -> tuple[str, ...]:
    for at, name in enumerate(names):
        if not name or name in names[:at]:
            raise SettingsError(
                f"{place}[{at}]: expected the name of a property, each once, got {name!r}"
            )
    return names


def _widening(
    place: str, table: WideningTable | Off | None, usual: Widening | None
) -> Widening | None:
    if table is None:
        return usual
    if isinstance(table, bool):
        _check_off(place, table)
        return None
    _within(f"{place}.start", table.start, 0.0, 1e9)
    _within(f"{place}.per-second", table.per_second, 0.0, 1e9)
    _within(f"{place}.after", table.after, 0.0, LONGEST)
    most = (
        math.inf if table.most is None else _within(f"{place}.most", table.most, table.start, 1e9)
    )
    return Widening(table.start, table.per_second, table.after, most)


def _falling(place: str, table: FallingTable | Off | None) -> Falling | None:
    if table is None:
        return None
    if isinstance(table, bool):
        _check_off(place, table)
        return None
    _within(f"{place}.start", table.start, 0.0, 1.0)
    _within(f"{place}.per-second", table.per_second, 0.0, 1.0)
    _within(f"{place}.after", table.after, 0.0, LONGEST)
    _within(f"{place}.least", table.least, 0.0, table.start)
    return Falling(table.start, table.per_second, table.after, table.least)


def _optional(place: str, value: float | None, least: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool):
        _check_off(place, value)
        return None
    return _within(place, value, least, LONGEST)


def _check_off(place: str, value: Off) -> None:
    if value:
        raise SettingsError(
            f"{place}: expected its values, or false where it does not matter, got true"
        )


def _rule(place: str, table: RuleTable) -> Rule:
    said = [name for name in ("equal", "within", "overlap") if getattr(table, name) is not None]
    if len(said) != 1 or not getattr(table, said[0]):
        raise SettingsError(f"{place}: expected the property of one of equal, within and overlap")
    _only(place, "distance", table.distance, said[0], "within")
    _only(place, "least", table.least, said[0], "overlap")
    if table.equal:
        return Equal(table.equal)
    if table.overlap:
        least = 1 if table.least is None else table.least
        return Overlap(table.overlap, int(_within(f"{place}.least", least, 1, 1000)))
    assert table.within
    distance = table.distance
    if isinstance(distance, WideningTable):
        widening = _widening(f"{place}.distance", distance, None)
        assert widening is not None
        return Within(table.within, widening)
    if distance is None:
        raise SettingsError(f"{place}.distance: expected how far apart it may be")
    return Within(table.within, Widening(_within(f"{place}.distance", distance, 0.0, 1e9)))


def _only(place: str, key: str, value: object, said: str, belongs: str) -> None:
    if value is not None and said != belongs:
        raise SettingsError(f"{place}.{key}: it belongs to {belongs}, and this rule says {said}")


def _within(place: str, value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise SettingsError(f"{place}: expected {least:g} to {most:g}, got {value:g}")
    return value
