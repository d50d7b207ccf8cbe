"""Says what is wrong with a document: where, what came, and what is allowed there."""

import difflib
import re
from typing import Any, get_args

import msgspec

_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`(?: - at `\$(?P<path>[^`]*)`)?")
_PLACE = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")
_ANY = "[...]"
_STEP = re.compile(r"\.([^.\[]+)|\[[^\]]*\]")


def explain(error: msgspec.ValidationError, kind: type[msgspec.Struct]) -> str:
    """Put a validation error into a sentence.

    Args:
        error: As it came when a document was decoded.
        kind: What it was decoded as.
    """
    text = str(error)
    unknown = _UNKNOWN.search(text)
    if unknown is None:
        place = _PLACE.search(text)
        if place is None:
            return text
        what = text[: place.start()]
        return f"{place['path'] or 'the document'}: {what[0].lower()}{what[1:]}"
    name, path = unknown["name"], unknown["path"] or ""
    allowed = _fields_at(kind, path)
    near = difflib.get_close_matches(name, allowed, 1)
    guess = f" (did you mean {near[0]}?)" if near else ""
    where = f"{path.lstrip('.')}: " if path else ""
    return f"{where}unknown key {name!r}{guess}; allowed are {', '.join(allowed)}"


def name_places(text: str, raw: Any, kind: type[msgspec.Struct]) -> str:
    """Put the name of the table that is wrong in the place of each `[...]` in an explanation.

    Args:
        text: An explanation.
        raw: What could not be decoded, as dictionaries and lists.
        kind: As what it was to be decoded.
    """
    steps: list[str] = []
    named = ""
    while (at := text.find(_ANY)) >= 0 and ": " not in text[:at]:
        steps += text[:at].strip(".").split(".")
        found = next(
            (name for name in _names(raw, steps) if _is_wrong(raw, [*steps, name], kind)), None
        )
        if found is None:
            break
        steps.append(found)
        named, text = f"{named}{text[:at]}.{found}", text[at + len(_ANY) :]
    return named + text


def _names(raw: Any, steps: list[str]) -> list[str]:
    for step in steps:
        raw = raw.get(step) if isinstance(raw, dict) else None
    return list(raw) if isinstance(raw, dict) else []


def _is_wrong(raw: Any, steps: list[str], kind: type[msgspec.Struct]) -> bool:
    """Whether a document that has nothing but what is at these steps cannot be decoded."""
    for step in steps:
        raw = raw[step]
    for step in reversed(steps):
        raw = {step: raw}
    try:
        msgspec.convert(raw, kind)
    except msgspec.ValidationError:
        return True
    return False


def _fields_at(kind: type[msgspec.Struct], path: str) -> list[str]:
    """The keys that a struct at a path may have."""
    here: Any = kind
    for step in _STEP.finditer(path):
        name = step[1]
        if name is None:  # of a list or a table of tables
            here = get_args(here)[0 if _is_list(here) else 1]
        else:
            (here,) = (
                one.type for one in msgspec.structs.fields(_struct(here)) if one.encode_name == name
            )
        here = _unwrapped(here)
    return sorted(one.encode_name for one in msgspec.structs.fields(_struct(here)))


def _is_list(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) in {list, tuple}


def _struct(kind: Any) -> type[msgspec.Struct]:
    assert isinstance(kind, type)
    assert issubclass(kind, msgspec.Struct)
    return kind


def _unwrapped(kind: Any) -> Any:
    """What a type is besides None and UNSET."""
    if getattr(kind, "__origin__", None) in {list, tuple, dict}:
        return kind
    choices = [one for one in get_args(kind) if one not in {type(None), msgspec.UnsetType}]
    return choices[0] if choices else kind
