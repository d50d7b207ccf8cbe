"""What can go wrong with many nodes."""


class NodesError(Exception):
    """Something about the backplane of many nodes."""


class BackplaneUrlError(NodesError, ValueError):
    """The URL of the backplane is none."""


class BackplaneUnreachableError(NodesError):
    """No server answers where the backplane should be, or it cannot be used."""


class NameTakenError(NodesError):
    """Another living node has this name."""


class DecodeError(NodesError):
    """What came out of an inbox was not sent by a node of this version."""
