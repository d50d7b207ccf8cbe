"""The examples that the documentation shows: JSON in blocks that say whose it is."""

import json
import re
from typing import Any, Final

from signaling.schema.jsonschema import Side

_BLOCK: Final = re.compile(r"```json (client|server)\n(.*?)```", re.DOTALL)


def frames(page: str) -> list[tuple[Side, str]]:
    """Every frame that a page shows, as it is written there."""
    return [(Side(side), text) for side, text in _BLOCK.findall(page)]


def messages(page: str) -> list[tuple[Side, dict[str, Any]]]:
    """Every message that a page shows, also those in arrays."""
    found: list[tuple[Side, dict[str, Any]]] = []
    for side, text in frames(page):
        value = json.loads(text)
        found += [(side, one) for one in (value if isinstance(value, list) else [value])]
    return found


def by_type(page: str) -> dict[tuple[Side, str], list[dict[str, Any]]]:
    """The messages that a page shows, by who says them and by their type."""
    sorted_: dict[tuple[Side, str], list[dict[str, Any]]] = {}
    for side, message in messages(page):
        sorted_.setdefault((side, message["t"]), []).append(message)
    return sorted_
