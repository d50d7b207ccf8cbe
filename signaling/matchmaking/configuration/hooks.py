"""A rule of the operator's own: a function that is asked about each match that would be made.

    def no_rematch(group: Group) -> bool | float:
        return len({ticket.properties.get("clan") for ticket in group.tickets}) > 1

False says no, True has nothing to say, and a number from 0 to 1 is the match's quality in the place of ours.
It runs in the matcher: what it does is to be quick and of nothing but its argument.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from signaling.faults import SettingsError
from signaling.matchmaking.tickets import Opening, Ticket


@dataclass(frozen=True, slots=True)
class Group:
    """A match that would be made.

    Attributes:
        teams: The tickets of each team; newcomers alone where it fills an opening.
        quality: As the queue reckons it, 0 to 1.
        now: The time, by the desk's clock.
    """

    queue: str
    teams: tuple[tuple[Ticket, ...], ...]
    region: str | None
    quality: float
    now: float
    opening: Opening | None = None

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """All of them, team by team."""
        return tuple(ticket for team in self.teams for ticket in team)


Hook: TypeAlias = Callable[[Group], bool | float]


def load_hook(name: str, place: str = "hook") -> Hook:
    """Find the function that a queue's configuration names.

    Args:
        name: `module:function`.
        place: Where it was named, for the error.

    Raises:
        SettingsError: There is no such thing, or it cannot be called.
    """
    module, colon, function = name.partition(":")
    if not (colon and module and function):
        raise SettingsError(f"{place}: expected module:function, got {name!r}")
    try:
        found = importlib.import_module(module)
    except Exception as error:
        raise SettingsError(
            f"{place}: {module} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    hook: object = found
    for step in function.split("."):
        hook = getattr(hook, step, None)
    if not callable(hook):
        raise SettingsError(f"{place}: {module} has no function {function!r}")
    return cast("Hook", hook)


def ask(hook: Hook, group: Group) -> float | str | None:
    """What a rule says: a quality, None for no, or a text for what is wrong with the rule."""
    try:
        answer: object = hook(group)
    except Exception as error:  # noqa: BLE001  the operator's fault, and no reason for the matcher to end
        return f"{type(error).__name__}: {error}"
    if isinstance(answer, bool):
        return group.quality if answer else None
    if isinstance(answer, int | float) and 0.0 <= answer <= 1.0:
        return float(answer)
    return f"expected True, False or a number from 0 to 1, got {answer!r:.100}"
