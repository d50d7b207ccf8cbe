"""What differs between two configurations and cannot change while a server runs."""

from dataclasses import fields
from typing import Any

from signaling.operation.configuration import Configuration
from signaling.settings import OF_SOCKETS

_CHANGING = {"settings", "drain_for", "settings.ice", "settings.limits", "settings.node"}


def unchangeable(running: Configuration, wanted: Configuration) -> tuple[str, ...]:
    """Name what needs a restart, as a file names it: `listen`, `limits.message`."""
    found = [
        *_differing("", running, wanted),
        *_differing("settings.", running.settings, wanted.settings),
        *(
            f"limits.{name}"
            for name in OF_SOCKETS
            if getattr(running.settings.limits, name) != getattr(wanted.settings.limits, name)
        ),
    ]
    return tuple(name.removeprefix("settings.").replace("_", "-") for name in found)


def _differing(prefix: str, running: Any, wanted: Any) -> list[str]:
    return [
        f"{prefix}{one.name}"
        for one in fields(running)
        if f"{prefix}{one.name}" not in _CHANGING
        and getattr(running, one.name) != getattr(wanted, one.name)
    ]
