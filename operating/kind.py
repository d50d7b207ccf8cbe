"""Whose admin socket it is: how a server is called in sentences, and which error its package raises."""

import enum
from dataclasses import dataclass


class Sharing(enum.Enum):
    """Who may connect, by what is left out of the socket's mode."""

    OWNER = 0o177
    """Its owner alone, whatever the umask."""
    GROUP = 0o117
    """Its group as well, where the umask says so: 0600 with 0077, 0660 with 0007."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of server.

    Args:
        noun: Stands in "is the … running?".
        error: What is raised where its socket cannot be had or asked; the text says why and what to do.
    """

    noun: str
    error: type[Exception]
    sharing: Sharing = Sharing.OWNER
