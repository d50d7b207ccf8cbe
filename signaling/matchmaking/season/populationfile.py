"""Who comes to a queue, read from TOML."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from signaling.matchmaking.season.population import (
    SOLO,
    Bell,
    Number,
    OneOf,
    Population,
    Ratings,
    Saying,
    SomeOf,
)
from signaling.matchmaking.season.regions import REGIONS, Region

_MOST_PARTY: Final = 64
_MOST_BOTS: Final = 10_000


class PopulationError(ValueError):
    """A file that describes no players; the message says where, what came, and what is allowed."""


class _Strict(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """A table in which an unknown key is a mistake."""


class _Bell(_Strict, frozen=True):
    mean: float
    deviation: float
    share: float = 1.0


class _Rating(_Strict, frozen=True):
    least: float = 0.0
    most: float = 3000.0
    bell: list[_Bell] = msgspec.field(default_factory=lambda: [_Bell(1500.0, 350.0)])


class _Region(_Strict, frozen=True):
    name: str
    share: float
    rtt: dict[str, float]


class _Says(_Strict, frozen=True):
    one_of: dict[str, float] | None = None
    some_of: dict[str, float] | None = None
    mean: float | None = None
    deviation: float = 0.0
    least: float = float("-inf")
    most: float = float("inf")


class _Document(_Strict, frozen=True):
    patience: float = 300.0
    decline: float = 0.02
    answer: float = 3.0
    bots: int = 0
    party_deviation: float = 150.0
    access: tuple[float, float] = (5.0, 35.0)
    parties: dict[str, float] = msgspec.field(default_factory=lambda: {"1": 1.0})
    rating: _Rating = _Rating()
    region: list[_Region] = msgspec.field(default_factory=list)
    says: dict[str, _Says] = msgspec.field(default_factory=dict)


def parse(text: str) -> Population:
    """Read who comes.

    Raises:
        PopulationError: the text describes nobody who could.
    """
    try:
        document = msgspec.toml.decode(text, type=_Document)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise PopulationError(str(error)) from None
    return Population(
        ratings=_ratings(document.rating),
        parties=_parties(document.parties),
        party_deviation=_within("party-deviation", document.party_deviation, 0, 1e6),
        regions=_regions(document.region),
        access=_range("access", *document.access, 0, 10_000),
        patience=_within("patience", document.patience, 0, 1e9) or None,
        decline=_within("decline", document.decline, 0, 1),
        answer=_within("answer", document.answer, 0, 1e6),
        bots=int(_within("bots", document.bots, 0, _MOST_BOTS)),
        says={name: _saying(f"says.{name}", said) for name, said in document.says.items()},
    )


def _ratings(given: _Rating) -> Ratings:
    least, most = _range("rating", given.least, given.most, -1e6, 1e6)
    _shares("rating.bell", {str(at): one.share for at, one in enumerate(given.bell)})
    bells = []
    for at, one in enumerate(given.bell):
        mean = _within(f"rating.bell[{at}].mean", one.mean, least, most)
        deviation = _within(f"rating.bell[{at}].deviation", one.deviation, 0, 1e6)
        bells.append(Bell(mean, deviation, one.share))
    return Ratings(tuple(bells), least, most)


def _parties(given: Mapping[str, float]) -> Mapping[int, float]:
    sizes = {}
    for name in given:
        if not name.isdecimal() or not 1 <= int(name) <= _MOST_PARTY:
            raise PopulationError(f"parties: sizes are 1 to {_MOST_PARTY}, got {name!r}")
        sizes[int(name)] = given[name]
    _shares("parties", given)
    return {size: share for size, share in sorted(sizes.items()) if share} or SOLO


def _regions(given: list[_Region]) -> tuple[Region, ...]:
    if not given:
        return REGIONS
    names = [one.name for one in given]
    for at, one in enumerate(given):
        where = f"region[{at}]"
        if not one.name or one.name in names[:at]:
            raise PopulationError(
                f"{where}.name: a region needs a name of its own, got {one.name!r}"
            )
        if not one.rtt:
            raise PopulationError(f"{where}.rtt: expected milliseconds by region, got none")
        for there, far in one.rtt.items():
            _within(f"{where}.rtt.{there}", far, 0, 10_000)
    _shares("region", {one.name: one.share for one in given})
    return tuple(Region(one.name, one.share, one.rtt) for one in given)


def _saying(where: str, given: _Says) -> Saying:
    kinds: tuple[tuple[object, Callable[[], Saying]], ...] = (
        (given.one_of, lambda: OneOf(_shares(f"{where}.one-of", given.one_of or {}))),
        (given.some_of, lambda: SomeOf(_probabilities(f"{where}.some-of", given.some_of or {}))),
        (given.mean, lambda: _number(where, given)),
    )
    said = [make for value, make in kinds if value is not None]
    if len(said) != 1:
        raise PopulationError(f"{where}: expected one-of, some-of or mean, and one of them alone")
    return said[0]()


def _number(where: str, given: _Says) -> Number:
    deviation = _within(f"{where}.deviation", given.deviation, 0, 1e9)
    if not given.least <= given.most:
        raise PopulationError(
            f"{where}: expected least up to most, got {given.least:g} and {given.most:g}"
        )
    return Number(given.mean or 0.0, deviation, given.least, given.most)


def _shares(where: str, given: Mapping[str, float]) -> Mapping[str, float]:
    for name, share in given.items():
        if not 0 <= share < float("inf"):
            raise PopulationError(f"{where}: a share is a number from 0 up, got {name} = {share:g}")
    if not sum(given.values()) > 0:
        raise PopulationError(f"{where}: expected at least one share above 0")
    return given


def _probabilities(where: str, given: Mapping[str, float]) -> Mapping[str, float]:
    if not given:
        raise PopulationError(f"{where}: expected at least one word")
    for name, share in given.items():
        _within(f"{where}.{name}", share, 0, 1)
    return given


def _within(where: str, value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise PopulationError(f"{where}: expected {least:g} to {most:g}, got {value:g}")
    return value


def _range(where: str, low: float, high: float, least: float, most: float) -> tuple[float, float]:
    if not least <= low <= high <= most:
        raise PopulationError(
            f"{where}: expected least up to most, within {least:g} and {most:g}, got {low:g} and {high:g}"
        )
    return low, high
