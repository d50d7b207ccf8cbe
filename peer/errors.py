"""What can go wrong in a session, and whose fault it is.

```
PeerError
├── ConfigurationError   the caller's: a server URI or an option makes no sense
├── RemoteError          the remote's: a signal that does not parse, a description refused
├── SessionFailedError   nobody's in particular: no path was found, or the other side went away
├── RoomFullError        nobody's: as many members as a mesh may have are there
└── ChannelClosedError   the data channel is closed; nothing can be sent on it any more
```
"""


class PeerError(Exception):
    """Any error of this package."""


class ConfigurationError(PeerError, ValueError):
    """A server URI or an option that makes no sense."""


class RemoteError(PeerError):
    """The remote sent something that cannot be used."""


class SessionFailedError(PeerError):
    """The session ended before, or after, it was connected; the message says why."""


class RoomFullError(PeerError):
    """The room has as many members as a mesh may have."""


class ChannelClosedError(PeerError):
    """The data channel is closed."""
