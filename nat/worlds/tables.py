"""A table of a world file, read key by key; whatever is wrong with it is noted with its place."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from nat.worlds.errors import Fault
from nat.worlds.units import BANDWIDTHS, SECONDS, SHARES, SIZES, parse_quantity

T = TypeVar("T")
D = TypeVar("D")

_SENTINEL: Final = object()


class Table:
    """One table.

    Args:
        content: as the parser gave it.
        place: its path through the file, or "" for the file itself.
        faults: where faults are noted.
    """

    def __init__(self, content: Mapping[str, Any], place: str, faults: list[Fault]) -> None:
        self._content = content
        self.place = place
        self._faults = faults
        self._known: dict[str, None] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def at(self, key: str) -> str:
        """The place of a key."""
        return f"{self.place}.{key}" if self.place else key

    def fault(self, key: str, message: str) -> None:
        """Note what is wrong with a key, or with the whole table if it is ""."""
        self._faults.append(Fault(self.at(key) if key else self.place, message))

    def keys(self) -> tuple[str, ...]:
        """All keys that are there."""
        return tuple(self._content)

    def has_table(self, key: str) -> bool:
        """Tell whether a key is there and is a table."""
        return isinstance(self._content.get(key), Mapping)

    def raw(self, key: str, default: Any = None) -> Any:
        """A value as it is."""
        self._known[key] = None
        return self._content.get(key, default)

    def _read(self, key: str, default: D, parse: Callable[[Any], T]) -> T | D:
        value = self.raw(key, _SENTINEL)
        if value is _SENTINEL:
            return default
        try:
            return parse(value)
        except (TypeError, ValueError) as error:
            self.fault(key, str(error))
            return default

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        return self._read(key, default, _parse_text)

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        return self._read(key, (), _parse_texts)

    def flag(self, key: str, default: bool) -> bool:  # noqa: FBT001 -- a default is no switch
        """True or false."""
        return self._read(key, default, _parse_flag)

    def whole(self, key: str, default: int) -> int:
        """A whole number."""
        return self._read(key, default, _parse_whole)

    def seconds(self, key: str, default: D) -> float | D:
        """A time."""
        return self._read(key, default, lambda value: parse_quantity(value, SECONDS, "seconds"))

    def share(self, key: str, default: float) -> float:
        """A share from 0 to 1."""
        return self._read(key, default, lambda value: parse_quantity(value, SHARES, "0 to 1"))

    def bandwidth(self, key: str, default: float | None) -> float | None:
        """Bits per second."""
        return self._read(
            key, default, lambda value: parse_quantity(value, BANDWIDTHS, "bits per second")
        )

    def size(self, key: str, default: D) -> int | D:
        """Bytes."""
        return self._read(key, default, lambda value: round(parse_quantity(value, SIZES, "bytes")))

    def table(self, key: str) -> "Table":
        """A table in this one; an empty one if there is none."""
        value = self.raw(key, {})
        if not isinstance(value, Mapping):
            self.fault(key, f"got {value!r}; allowed: a table [{self.at(key)}]")
            value = {}
        return Table(value, self.at(key), self._faults)

    def tables(self, key: str) -> list["Table"]:
        """The tables in a table, such as [nat.home-a] and [nat.home-b] in `nat`."""
        outer = self.table(key)
        return [outer.table(name) for name in outer.keys()]  # noqa: SIM118 -- it is no mapping

    def array(self, key: str) -> list["Table"]:
        """An array of tables, such as [[event]]."""
        value = self.raw(key, [])
        if not (isinstance(value, list) and all(isinstance(one, Mapping) for one in value)):
            self.fault(key, f"got {value!r}; allowed: tables [[{self.at(key)}]]")
            value = []
        places = (f"{self.at(key)}[{number}]" for number in range(len(value)))
        return [Table(one, place, self._faults) for one, place in zip(value, places, strict=True)]

    def finish(self, *also: str) -> None:
        """Note keys that nobody has asked for.

        Args:
            also: keys that are allowed but were not asked for this time.
        """
        allowed = ", ".join(dict.fromkeys((*self._known, *also)))
        for key in self._content:
            if key not in self._known:
                self.fault(key, f"unknown key {key!r}; allowed: {allowed}")


def _parse_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"got {value!r}; allowed: a text")
    return value


def _parse_texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise TypeError(f"got {value!r}; allowed: a text or a list of texts")
    return tuple(value)


def _parse_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"got {value!r}; allowed: true or false")
    return value


def _parse_whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"got {value!r}; allowed: a whole number")
    return value
