"""What of a relay's settings may change while it runs."""

from dataclasses import fields

from relay.errors import SettingsError
from relay.settings import Settings

CHANGEABLE = frozenset(
    {
        "users",
        "users_file",
        "user_hook",
        "webhook",
        "hook_limits",
        "rest_secrets",
        "rest_hashes",
        "peers",
        "limits",
        "alternate_servers",
        "redirect",
        "mobility",
    }
)
"""Everything else is built into sockets, connections or what clients were told."""


def check_changes(old: Settings, new: Settings) -> None:
    """Refuse settings that differ in what cannot change.

    Raises:
        SettingsError: they do; the text names every such setting.
    """
    fixed = (field.name for field in fields(Settings) if field.name not in CHANGEABLE)
    changed = [name for name in fixed if getattr(old, name) != getattr(new, name)]
    if old.limits.port_quarantine != new.limits.port_quarantine:
        changed.append("limits.port_quarantine")
    if changed:
        raise SettingsError(f"cannot change without a restart: {', '.join(changed)}")
