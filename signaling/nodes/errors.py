"""What can go wrong with many nodes."""

from signaling.faults import NodesError


class BackplaneUrlError(NodesError, ValueError):
    """The URL of the backplane is none."""


class BackplaneUnreachableError(NodesError):
    """No server answers where the backplane should be, or it cannot be used."""


class NameTakenError(NodesError):
    """Another living node has this name."""
