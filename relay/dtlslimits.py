"""How many DTLS sessions there may be, and how long each may wait; seconds."""

from dataclasses import dataclass

from relay.errors import SettingsError


@dataclass(frozen=True, slots=True)
class DtlsLimits:
    """Bounds of clients' sessions over DTLS, of each listener.

    A handshake that is under way keeps some 60 KiB, a session 23.

    Args:
        sessions: at once, handshakes included.
        sessions_per_source: of those, from one IPv4 address or IPv6 /64.
        handshakes: that are not done yet, at once.
        handshakes_per_source: of those, from one IPv4 address or IPv6 /64; in the time of a handshake, no
            more than these are begun, either.
        handshake: from the cookie to the end of the handshake.
        idle: from one record to the next, for a client without an allocation.
    """

    sessions: int = 10_000
    sessions_per_source: int = 256
    handshakes: int = 1_000
    handshakes_per_source: int = 64
    handshake: float = 10.0
    idle: float = 60.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value <= 0:
                raise SettingsError(f"expected {name} to be more than 0, got {value}")
