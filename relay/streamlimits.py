"""How many connections there may be, and how much and how long each may wait; seconds and bytes."""

from dataclasses import dataclass

from relay.errors import SettingsError


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Bounds of clients' connections, over TCP and TLS.

    Args:
        connections: open at once.
        connections_per_source: open at once from one IPv4 address or IPv6 /64.
        header: from the connection to the end of a proxy's header.
        handshake: from there, or from the connection, to the end of the TLS handshake.
        first_message: from there, or from the connection, to the first whole message.
        idle: from one message to the next, for a client without an allocation.
        slow: how long a client may leave a full write buffer unread.
        write_buffer: what waits for one client to read, before what peers send it is dropped.
        longest_frame: of a message or channel data, padding included.
    """

    connections: int = 10_000
    connections_per_source: int = 256
    header: float = 5.0
    handshake: float = 10.0
    first_message: float = 10.0
    idle: float = 60.0
    slow: float = 15.0
    write_buffer: int = 128 * 1024
    longest_frame: int = 64 * 1024

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value <= 0:
                raise SettingsError(f"expected {name} to be more than 0, got {value}")
