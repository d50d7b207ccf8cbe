"""Says what is wrong with a document: where, what came, and what is allowed there."""

import difflib
import re
from typing import Any, get_args

import msgspec

_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`(?: - at `\$(?P<path>[^`]*)`)?")
_PLACE = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")
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
