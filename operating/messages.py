"""What admin protocols have in common on the wire: JSON in one line, whose kind and version stand in it."""

import enum
from dataclasses import dataclass
from typing import Any, Final

import msgspec

VERSION: Final = 1


class Question(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="kebab",
    tag_field="ask",
    forbid_unknown_fields=True,
):
    """A request, which names its kind in `ask`; a key that is not known is refused."""

    version: int = VERSION


class Fault(enum.Enum):
    """What is wrong with a line."""

    FORM = enum.auto()
    VERSION = enum.auto()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no request, and why, for whoever has sent it."""

    fault: Fault
    why: str


class _AnyVersion(msgspec.Struct, frozen=True):
    version: int


def read(line: bytes, kinds: Any, noun: str) -> Any:
    """Read a request of one of these kinds, or say what is wrong with it as an `Unreadable`.

    Args:
        kinds: Types of requests, in a union.
        noun: How the server is called.
    """
    try:
        version = msgspec.json.decode(line, type=_AnyVersion).version
        if version != VERSION:
            why = f"this {noun} speaks version {VERSION}, got {version}"
            return Unreadable(Fault.VERSION, why)
        return msgspec.json.decode(line, type=kinds)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Unreadable(Fault.FORM, str(error))


def encode(message: msgspec.Struct) -> bytes:
    """Write a message as one line, with its end."""
    return msgspec.json.encode(message) + b"\n"
