"""What a NAT or firewall of a world file does: a name, and settings that differ from it."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from nat.behavior import TIMES, Behavior
from nat.parsing import parse, read_setting
from nat.presets import PORT_RESTRICTED_CONE
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
    try:
        value: Any
        if name in TIMES and table.raw(key) != "none":
            value = table.seconds(key, getattr(behavior, name))
        else:
            value = read_setting(name, table.raw(key))
        return dataclasses.replace(behavior, **{name: value})
    except ValueError as error:
        table.fault(key, str(error))
        return behavior


def read_firewall_settings(table: Table) -> Mapping[str, Any]:
    """Read the settings of a firewall."""
    table.finish()
    return MappingProxyType({})
