"""What a NAT or firewall of a world file does: a name, and settings that differ from it."""

import dataclasses
import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from nat.behavior import PORT_RESTRICTED_CONE, Behavior, parse
from nat.worlds.tables import Table


def read_behavior(table: Table) -> Behavior:
    """Read `behavior = NAME` and any setting of a behaviour, and note what else is there."""
    behavior = PORT_RESTRICTED_CONE
    if "behavior" in table:
        name = table.text("behavior")
        try:
            behavior = parse(name) if name else behavior
        except ValueError as error:
            table.fault("behavior", str(error))
    fields = {one.name.replace("_", "-"): one.name for one in dataclasses.fields(Behavior)}
    for key, name in fields.items():
        if key in table:
            behavior = _change(table, key, name, behavior)
    table.finish("behavior", *fields)
    return behavior


def _change(table: Table, key: str, name: str, behavior: Behavior) -> Behavior:
    before = getattr(behavior, name)
    value: Any
    if isinstance(before, enum.Enum):
        value = _read_word(table, key, before)
    else:
        value = table.seconds(key, before)
    try:
        return dataclasses.replace(behavior, **{name: value})
    except ValueError as error:
        table.fault(key, str(error))
        return behavior


def _read_word(table: Table, key: str, before: enum.Enum) -> enum.Enum:
    text = table.text(key)
    kind = type(before)
    words: dict[str, enum.Enum] = {one.value: one for one in kind} | {
        getattr(one, "short", ""): one for one in kind
    }
    if text in words and text:
        return words[text]
    table.fault(key, f"got {text!r}; allowed: {', '.join(one.value for one in kind)}")
    return before


def read_firewall_settings(table: Table) -> Mapping[str, Any]:
    """Read the settings of a firewall."""
    table.finish()
    return MappingProxyType({})
