"""What can go wrong in a session, and whose fault it is.

```
PeerError
├── ConfigurationError    the caller's: a server URI or an option makes no sense
│   └── MediaError        a device, file or codec is missing, and the message says which
├── RemoteError           the remote's: a signal that does not parse, a description refused
│   └── ChannelError      the remote's, on a data channel; told by its `error` event
├── SessionFailedError    nobody's in particular: no path was found, or the other side went away
├── RoomFullError         nobody's: as many members as a mesh may have are there
├── ChannelClosedError    the data channel is closed; nothing can be sent on it any more
├── MessageTooLargeError  the caller's: the remote does not take a message of this size
└── BufferFullError       the caller's: it sends faster than the network, and does not wait
```
"""

import aiortc


class PeerError(Exception):
    """Any error of this package."""


class ConfigurationError(PeerError, ValueError):
    """A server URI or an option that makes no sense."""


class MediaError(ConfigurationError):
    """A device, a file or a codec is missing."""


class RemoteError(PeerError):
    """The remote sent something that cannot be used."""


class ChannelError(RemoteError):
    """The remote sent something on a data channel that cannot be used; the message says what."""


class SessionFailedError(PeerError):
    """The session ended before, or after, it was connected; the message says why."""


class RoomFullError(PeerError):
    """The room has as many members as a mesh may have."""


class ChannelClosedError(PeerError, aiortc.InvalidStateError):
    """The data channel is closed, or not open yet."""


class MessageTooLargeError(PeerError, ValueError):
    """The remote does not take a message of this size."""


class BufferFullError(PeerError, BufferError):
    """Too much waits to be sent already."""
