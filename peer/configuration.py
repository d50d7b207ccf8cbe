"""What a session may be told: servers, policy, addresses and deadlines."""

import enum
from dataclasses import dataclass

from peer.errors import ConfigurationError
from peer.servers import Server


class IceTransportPolicy(enum.Enum):
    """Which candidates may be used (W3C `RTCIceTransportPolicy`)."""

    ALL = "all"
    RELAY = "relay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The settings of one session. The defaults are right for most.

    Attributes:
        servers: STUN and TURN servers, all asked side by side.
        use_signaled_servers: Whether the servers that the signaling server names in its welcome
            are asked as well.
        policy: `RELAY` hides every address but the relayed ones.
        host_addresses: The addresses to gather host candidates from; `None` means all of this
            machine's, or loopback where there is nothing else.
        gathering_deadline: Seconds each STUN or TURN server has to answer.
        connect_deadline: Seconds from the first connectivity check until ICE is given up.
        meeting_deadline: Seconds until the channel must be open once the other member is there;
            `None` waits for ever.
        close_deadline: Seconds `close()` takes at most, even when a relay no longer answers.
    """

    servers: tuple[Server, ...] = ()
    use_signaled_servers: bool = True
    policy: IceTransportPolicy = IceTransportPolicy.ALL
    host_addresses: tuple[str, ...] | None = None
    gathering_deadline: float = 2.0
    connect_deadline: float = 15.0
    meeting_deadline: float | None = 60.0
    close_deadline: float = 1.0

    def __post_init__(self) -> None:
        deadlines = {
            "gathering_deadline": self.gathering_deadline,
            "connect_deadline": self.connect_deadline,
            "meeting_deadline": self.meeting_deadline,
            "close_deadline": self.close_deadline,
        }
        for name, value in deadlines.items():
            if value is not None and not value > 0:
                raise ConfigurationError(f"{name} must be more than 0 seconds, not {value}")
