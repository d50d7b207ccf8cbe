"""Behaviours from what people write: a preset's name, MAPPING/FILTERING, settings, a table of TOML."""

import contextlib
import dataclasses
import enum
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from nat.behavior import SETTINGS, Behavior
from nat.choices import Dependence, PortMapping
from nat.presets import PRESETS

PRESET: Final = "preset"
"""The key of a table that says with what to begin."""

_Choice = TypeVar("_Choice", bound=enum.Enum)

_TYPES: Final = typing.get_type_hints(Behavior)


def parse(text: str) -> Behavior:
    """Read a behaviour: `PRESET` or `MAPPING/FILTERING`, then `setting=value` any number of times.

    Words may be long or short, in any case, with spaces, underscores or hyphens. Settings are
    separated by commas or blanks: `ei/apd, ports=overloading, port_range=40000-49999`.

    Raises:
        ValueError: it is something else; the message lists what is known.
    """
    head, settings = _split(text)
    begin = _named(head)
    if begin is None:
        raise ValueError(f"{text!r} names no NAT behaviour. {_known()}")
    return _with_settings(begin, settings, f"in {text!r}")


def behavior_from(table: Mapping[str, object]) -> Behavior:
    """Make a behaviour of a table, such as TOML gives.

    The keys are the settings of `Behavior`; `preset` (a preset's name or `MAPPING/FILTERING`) says
    with what to begin, and without it `mapping` and `filtering` must be there. Enums are written
    as their values ("endpoint-independent", "ei", "if possible"), `port_range` as a pair of
    numbers or "40000-49999", `port_mapping` as a list or "nat-pmp+pcp", `after_conflict` as text that `parse` reads or as a table, and
    "none" stands for None.

    Raises:
        ValueError: a key is unknown or a value impossible; the message says what is allowed there.
    """
    settings = dict(table)
    preset = settings.pop(PRESET, None)
    if preset is None:
        missing = [key for key in ("mapping", "filtering") if key not in settings]
        if missing:
            raise ValueError(
                f"a NAT behaviour needs {PRESET!r}, or {' and '.join(map(repr, missing))}"
            )
        begin = Behavior(Dependence.ENDPOINT_INDEPENDENT, Dependence.ENDPOINT_INDEPENDENT)
        return _with_settings(begin, settings, "")
    found = _named(preset) if isinstance(preset, str) else None
    if found is None:
        raise ValueError(f"{preset!r} under {PRESET!r} names no NAT behaviour. {_known()}")
    return _with_settings(found, settings, "")


def read_setting(name: str, value: object) -> object:
    """The value of one setting of `Behavior`, as text or as TOML has it.

    Raises:
        ValueError: it cannot be that; the message says what is allowed.
    """
    try:
        return _value(name, value)
    except ValueError as error:
        raise ValueError(f"{name} cannot be {value!r}: {error}") from None


# names


def _named(text: str) -> Behavior | None:
    wanted = _plain(text)
    for name, preset in PRESETS.items():
        if wanted in {name, name.removesuffix("-cone")}:
            return preset
    mapping, slash, filtering = wanted.partition("/")
    if not slash:
        return None
    try:
        return Behavior(
            _choice(Dependence, mapping.strip(" -")), _choice(Dependence, filtering.strip(" -"))
        )
    except ValueError:
        return None


def _split(text: str) -> tuple[str, dict[str, object]]:
    """The words before the first setting, and the settings."""
    first = re.search(r"\w+\s*=", text)
    if first is None:
        return text.strip(" ,;"), {}
    pairs = re.findall(r"(\w+)\s*=\s*(.*?)\s*(?=(?:[,;\s]\s*\w+\s*=)|$)", text[first.start() :])
    return text[: first.start()].strip(" ,;"), {key: value.strip(" ,;") for key, value in pairs}


def _known() -> str:
    words = ", ".join(f"{one.value} ({one.short.lower()})" for one in Dependence)
    return f"Known: {', '.join(PRESETS)}; or MAPPING/FILTERING, each one of {words}"


# settings


def _with_settings(begin: Behavior, settings: Mapping[str, object], where: str) -> Behavior:
    changes: dict[str, Any] = {}
    for key, value in settings.items():
        if key not in SETTINGS:
            place = f" {where}" if where else ""
            raise ValueError(
                f"{key!r}{place} is no setting of a NAT. There are: {', '.join(SETTINGS)}"
            )
        changes[key] = read_setting(key, value)
    return dataclasses.replace(begin, **changes)


def _value(key: str, value: object) -> object:
    kinds = _kinds(_TYPES[key])
    if types.NoneType in kinds and (value is None or value == "none"):
        return None
    if Behavior in kinds:
        return _behavior(value)
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return _choice(kind, value)
    if key == "port_range":
        return _range(value)
    if key == "port_mapping":
        return _protocols(value)
    return _number(value, whole=int in kinds)


def _kinds(annotation: object) -> tuple[object, ...]:
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return typing.get_args(annotation)
    return (annotation,)


def _behavior(value: object) -> Behavior:
    match value:
        case Behavior():
            return value
        case str():
            return parse(value)
        case Mapping():
            return behavior_from(value)
        case _:
            raise ValueError("expected a behaviour as text or as a table")


def _choice(kind: type[_Choice], value: object) -> _Choice:
    if isinstance(value, kind):
        return value
    wanted = _plain(value) if isinstance(value, str) else ""
    for one in kind:
        short = one.short.lower() if isinstance(one, Dependence) else None
        if wanted in {_plain(one.value), _plain(one.name), short}:
            return one
    raise ValueError(f"expected one of {', '.join(str(one.value) for one in kind)}")


def _protocols(value: object) -> frozenset[PortMapping]:
    match value:
        case "none":
            return frozenset()
        case str():
            return _protocols(value.split("+"))
        case list() | tuple() | frozenset():
            return frozenset(_choice(PortMapping, one) for one in value)
        case _:
            raise ValueError('expected protocols, such as ["nat-pmp", "pcp"] or "nat-pmp+pcp"')


def _range(value: object) -> tuple[int, int]:
    if isinstance(value, str):
        value = value.split("-")
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("expected the first and the last port")
    first, last = (_number(port, whole=True) for port in value)
    return int(first), int(last)


def _number(value: object, *, whole: bool) -> float:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return int(value) if whole else float(value)
    elif isinstance(value, int if whole else int | float) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):
            return value if whole else float(value)
    raise ValueError(f"expected a {'whole ' if whole else ''}number")


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", "-", text.strip().lower())
