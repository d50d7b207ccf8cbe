"""A mix of NATs, read from a file: which kinds of places peers are at, and how often."""

import importlib.resources
import itertools
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

import nat

DEFAULT: Final = importlib.resources.files("hairpin.lab").joinpath("mix.toml")
_SLOWEST: Final = 10_000.0
_DEEPEST: Final = 4


class MixError(ValueError):
    """A file that describes no mix; the message says where, what came, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one peer is.

    Attributes:
        kind: the name of its kind.
        nats: the NATs before it, from the inside to the outside.
        latency: seconds one way to the internet.
    """

    kind: str
    nats: tuple[nat.Behavior, ...]
    latency: float


class _Nat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    share: float
    behaviors: list[str]


class _Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    share: float
    latency: tuple[float, float]
    nat: list[_Nat]
    source: str = ""


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: list[_Kind]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of place.

    Attributes:
        name: how reports call it.
        share: from 0 to 1, of all places.
        latency: seconds one way to the internet, least and most.
        nats: ways in which NATs stand before it, each with its share of the kind.
        source: where the figures come from.
    """

    name: str
    share: float
    latency: tuple[float, float]
    nats: tuple[tuple[float, tuple[nat.Behavior, ...]], ...]
    source: str


@dataclass(frozen=True, slots=True)
class Mix:
    """Kinds of places, in the order of the file.

    Attributes:
        name: the file's name.
        kinds: their shares add up to 1.
    """

    name: str
    kinds: tuple[Kind, ...]

    def draw(self, chance: random.Random) -> Place:
        """A place, as often of a kind as the kind's share says."""
        kind = chance.choices(self.kinds, [one.share for one in self.kinds])[0]
        _, nats = chance.choices(kind.nats, [share for share, _ in kind.nats])[0]
        return Place(kind.name, nats, chance.uniform(*kind.latency))


def read(path: Path | None) -> Mix:
    """Read a mix, or the default one.

    Raises:
        MixError: the file cannot be read, or describes no mix.
    """
    name = "the default mix" if path is None else str(path)
    try:
        text = DEFAULT.read_text() if path is None else path.read_text()
        return parse(text, name)
    except OSError as error:
        raise MixError(f"cannot read {name}: {error.strerror or error}") from None
    except (MixError, UnicodeDecodeError) as error:
        raise MixError(f"{name}: {error}") from None


def parse(text: str, name: str) -> Mix:
    """Read a mix from TOML.

    Raises:
        MixError: it describes none.
    """
    try:
        document = msgspec.toml.decode(text, type=_Document)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise MixError(str(error)) from None
    names = [kind.name for kind in document.kind]
    for index, kind_name in enumerate(names):
        if not kind_name or kind_name in names[:index]:
            raise MixError(f"kind[{index}].name: a kind needs a name of its own, got {kind_name!r}")
    total = _total([kind.share for kind in document.kind], "kind")
    kinds = (_kind(kind, f"kind[{i}]", total) for i, kind in enumerate(document.kind))
    return Mix(name, tuple(kinds))


def _kind(kind: _Kind, where: str, total: float) -> Kind:
    least, most = kind.latency
    if not 0 <= least <= most <= _SLOWEST:
        raise MixError(
            f"{where}.latency: expected [least, most] in milliseconds, from 0 to {_SLOWEST:g},"
            f" got [{least:g}, {most:g}]"
        )
    within = _total([one.share for one in kind.nat], f"{where}.nat")
    nats = tuple(
        (one.share / within, _chain(one.behaviors, f"{where}.nat[{i}].behaviors"))
        for i, one in enumerate(kind.nat)
    )
    return Kind(kind.name, kind.share / total, (least / 1000, most / 1000), nats, kind.source)


def _chain(names: list[str], where: str) -> tuple[nat.Behavior, ...]:
    if len(names) > _DEEPEST:
        raise MixError(
            f"{where}: at most {_DEEPEST} NATs may stand before a peer, got {len(names)}"
        )
    try:
        return tuple(nat.parse(name) for name in names)
    except ValueError as error:
        raise MixError(f"{where}: {error}") from None


def _total(shares: list[float], where: str) -> float:
    for index, share in enumerate(shares):
        if not share >= 0 or share == float("inf"):
            raise MixError(f"{where}[{index}].share: expected a number from 0 up, got {share:g}")
    if not sum(shares) > 0:
        raise MixError(f"{where}: expected at least one share above 0")
    return sum(shares)


def pairs_of(names: list[str]) -> list[tuple[str, str]]:
    """Every pair of kinds, each once, in the order of the mix."""
    return list(itertools.combinations_with_replacement(names, 2))
