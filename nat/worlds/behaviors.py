"""What a NAT or firewall of a world file does: a name, and settings that differ from it."""

import contextlib
import dataclasses
from typing import Any, Final

from nat.behavior import SETTINGS, Behavior
from nat.parsing import parse, read_setting
from nat.worlds.tables import Table
from nat.worlds.units import SECONDS, parse_quantity

KEY: Final = "behavior"
"""The key of the name with which to begin."""
_TIMES: Final = tuple(
    setting
    for setting in SETTINGS
    if setting.endswith("_lifetime") or setting in {"stream_after", "quarantine"}
)


def read_behavior(table: Table, begin: Behavior) -> Behavior:
    """Read `behavior = NAME` and any setting of a behaviour, and note what else is there.

    Args:
        begin: what it is if nothing is said.
    """
    if KEY in table:
        try:
            begin = parse(table.text(KEY))
        except ValueError as error:
            table.fault(KEY, str(error))
    keys = {setting.replace("_", "-"): setting for setting in SETTINGS}
    changes: dict[str, Any] = {}
    for key, setting in (keys | {setting: setting for setting in SETTINGS}).items():
        if key in table:
            try:
                changes[setting] = read_setting(setting, _in_seconds(setting, table.raw(key)))
            except ValueError as error:
                table.fault(key, str(error))
    table.finish(KEY, *keys)
    return _changed(table, begin, changes)


def _in_seconds(setting: str, value: Any) -> Any:
    """A time such as "30 s" as a number; anything else as it is."""
    if setting in _TIMES:
        with contextlib.suppress(ValueError):
            return parse_quantity(value, SECONDS, "seconds")
    return value


def _changed(table: Table, begin: Behavior, changes: dict[str, Any]) -> Behavior:
    try:
        return dataclasses.replace(begin, **changes)
    except ValueError as error:
        blamed = [setting for setting in changes if setting in str(error)]
        table.fault(blamed[0].replace("_", "-") if blamed else "", str(error))
        return begin
