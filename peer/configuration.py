"""What a peer connection may be told: servers, policy, addresses, checks and deadlines."""

import enum
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from peer.errors import ConfigurationError
from peer.servers import IceServerLike, Server, parse_servers

_IP_VERSIONS = (4, 6)
_MAX_PORT = 65535


class IceTransportPolicy(enum.Enum):
    """Which candidates may be used (W3C `RTCIceTransportPolicy`, and libwebrtc's `nohost`)."""

    ALL = "all"
    RELAY = "relay"
    NO_HOST = "nohost"


class Nomination(enum.Enum):
    """How the controlling side selects a pair: RFC 8445 §8.1.1, or RFC 5245 §8.1.1.2's aggressive."""

    REGULAR = "regular"
    AGGRESSIVE = "aggressive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The settings of one peer connection. The defaults are right for most.

    Attributes:
        servers: STUN and TURN servers, all asked side by side.
        use_signaled_servers: Whether the servers that the signaling server names in its welcome
            are asked as well.
        policy: `RELAY` hides every address but the relayed ones, `NO_HOST` those of this machine.
        host_addresses: The addresses to gather host candidates from; `None` means all of this
            machine's, or loopback where there is nothing else.
        interfaces: Names of interfaces to gather from, with `*` and `?`; one that begins with `!`
            leaves out. `("!docker*", "!veth*")` takes all but those, `("eth0",)` that one alone.
        ip_versions: 4, 6 or both.
        port_range: The lowest and the highest local UDP port, or `None` for any.
        mdns: Tell host candidates under mDNS names, so that the remote does not learn the addresses
            of this machine (draft-ietf-mmusic-mdns-ice-candidates).
        tls: How TURN servers are verified that are reached over TLS; `None` trusts the system's
            authorities. `ssl.create_default_context(cafile=…)` trusts one of your own.
        signaling_tls: How the signaling server at `wss:` is verified, if not as usual; `signaling.pinned`
            trusts one certificate alone.
        spare_relay: Keep a relayed allocation in reserve once a direct pair is selected. Without it
            gathering stops then, and what is unused is given back.
        pacing: Seconds between two checks, 0.005 to 0.5 (RFC 8445 §14.2's Ta). The first four follow
            each other after 0.005.
        nomination: How the controlling side selects a pair.
        renomination: Whether checks go on while the selected pair is relayed, and a better one
            takes its place when it works.
        restart_automatically: Whether the session restarts ICE by itself when the connection is
            disconnected, when local addresses change, and when signaling has come back.
        gathering_deadline: Seconds each STUN or TURN server has to answer.
        connect_deadline: Seconds from the first connectivity check until ICE is given up.
        disconnected_after: Seconds without a sign of life until the state is `disconnected`.
        consent_deadline: Seconds since the last answer until consent has expired (RFC 7675 §5.1).
        meeting_deadline: Seconds until the channel must be open once the other member is there;
            `None` waits for ever.
        close_deadline: Seconds `close()` takes at most, even when a relay no longer answers.
    """

    servers: tuple[Server, ...] = ()
    use_signaled_servers: bool = True
    policy: IceTransportPolicy = IceTransportPolicy.ALL
    host_addresses: tuple[str, ...] | None = None
    interfaces: tuple[str, ...] = ()
    ip_versions: tuple[int, ...] = _IP_VERSIONS
    port_range: tuple[int, int] | None = None
    mdns: bool = False
    tls: ssl.SSLContext | None = None
    signaling_tls: ssl.SSLContext | None = None
    spare_relay: bool = False
    pacing: float = 0.020
    nomination: Nomination = Nomination.REGULAR
    renomination: bool = True
    restart_automatically: bool = True
    gathering_deadline: float = 2.0
    connect_deadline: float = 15.0
    disconnected_after: float = 5.0
    consent_deadline: float = 30.0
    meeting_deadline: float | None = 60.0
    close_deadline: float = 1.0

    def __post_init__(self) -> None:
        for name in (
            "gathering_deadline",
            "connect_deadline",
            "disconnected_after",
            "consent_deadline",
            "meeting_deadline",
            "close_deadline",
        ):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigurationError(f"{name} must be more than 0 seconds, not {value}")
        if not 0.005 <= self.pacing <= 0.5:
            raise ConfigurationError(f"pacing must be 0.005 to 0.5 seconds, not {self.pacing}")
        if not self.ip_versions or not set(self.ip_versions) <= set(_IP_VERSIONS):
            raise ConfigurationError(f"ip_versions must be 4, 6 or both, not {self.ip_versions}")
        if self.port_range is not None:
            low, high = self.port_range
            if not 0 < low <= high <= _MAX_PORT:
                raise ConfigurationError(
                    f"port_range must be two ports, the lower first, not {self.port_range}"
                )

    def with_signaled(self, named: Iterable[IceServerLike]) -> Self:
        """The same with the servers that signaling names as well, where they are wanted.

        Raises:
            ConfigurationError: One of them makes no sense.
        """
        if not self.use_signaled_servers:
            return self
        return replace(self, servers=self.servers + parse_servers(named))
