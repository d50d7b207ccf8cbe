"""What a local candidate is told as: foundation, priority, related address, all of the RFC's making."""

import ipaddress
from dataclasses import dataclass, field
from typing import Final

from aioice import Candidate
from aioice.candidate import candidate_priority

from peer.candidates import Address, CandidateType, GatheredCandidate
from peer.configuration import Configuration, IceTransportPolicy
from peer.servers import Server, Transport

COMPONENT: Final = 1
_HIGHEST_PREFERENCE: Final = 65535
#: How far the preference of one server's reflexive candidates lies below that of the server before
#: it, and that of a relay's transport below a better one: more than there are local addresses.
_STEP: Final = 1024
_TRANSPORTS: Final = (Transport.UDP, Transport.TCP, Transport.TLS)


@dataclass
class LocalCandidates:
    """Makes the candidates of one gathering and remembers what has been told.

    Args:
        configuration: The policy, and whether mDNS names are told.
        relay_only: Whether the policy is `RELAY`.
    """

    configuration: Configuration
    relay_only: bool
    _told: set[tuple[Address, Address]] = field(default_factory=set)
    _foundations: dict[tuple[str, ...], str] = field(default_factory=dict)

    def host(self, base: Address, index: int, name: str | None = None) -> "Made":
        """A host candidate on the address that is `index`-th by preference, under an mDNS name or none.

        Where names are to be told and there is none, nothing is.
        """
        made = self._candidate(
            CandidateType.HOST,
            base,
            preference=_HIGHEST_PREFERENCE - index,
            foundation=("host", base[0]),
        )
        nameless = self.configuration.mdns and name is None
        withheld = nameless or self.configuration.policy is IceTransportPolicy.NO_HOST
        told = self._gathered(made, base=base, server=None, withheld=withheld, name=name)
        # aiortc makes the default destination of it, which is nowhere then, and knows no names.
        public = made if name is None else _at(made, _nowhere(base))
        return Made(made, public, told)

    def reflexive(
        self, host: Candidate, mapped: Address, server: Server, asked: Address, index: int
    ) -> "Made":
        """What the `index`-th STUN server saw a host candidate as."""
        base = (host.host, host.port)
        made = self._candidate(
            CandidateType.SERVER_REFLEXIVE,
            mapped,
            preference=_preference(host.priority) - _STEP * index,
            foundation=("srflx", base[0], asked[0]),
            related=_nowhere(mapped) if self._hides_hosts else base,
        )
        return Made(made, made, self._gathered(made, base=base, server=server))

    def relayed(
        self, relayed: Address, mapped: Address, server: Server, asked: Address, index: int
    ) -> "Made":
        """An address that the `index`-th TURN server has allocated.

        RFC 8421 §4: IPv6 before IPv4. A relay that is reached over UDP comes before one over TCP.
        """
        below = _STEP * 16 * _TRANSPORTS.index(server.transport) + 2 * index
        related = _nowhere(relayed) if self.relay_only else mapped
        made = self._candidate(
            CandidateType.RELAYED,
            relayed,
            preference=_HIGHEST_PREFERENCE - below - (":" not in relayed[0]),
            foundation=("relay", relayed[0], asked[0]),
            related=related,
        )
        return Made(made, made, self._gathered(made, base=related, server=server))

    @property
    def _hides_hosts(self) -> bool:
        return self.configuration.mdns or self.configuration.policy is IceTransportPolicy.NO_HOST

    def _candidate(
        self,
        kind: CandidateType,
        address: Address,
        *,
        preference: int,
        foundation: tuple[str, ...],
        related: Address | None = None,
    ) -> Candidate:
        return Candidate(
            foundation=self._foundation(foundation),
            component=COMPONENT,
            transport="udp",
            priority=candidate_priority(COMPONENT, kind.value, max(preference, 0)),
            host=address[0],
            port=address[1],
            type=kind.value,
            related_address=None if related is None else related[0],
            related_port=None if related is None else related[1],
        )

    def _foundation(self, key: tuple[str, ...]) -> str:
        """The same for the same type, base address and server, and for nothing else (RFC 8445 §5.1.1.3).

        Counted, not hashed as in aioice: from a hash of an address the address can be found.
        """
        return self._foundations.setdefault(key, f"h{len(self._foundations)}")

    def _gathered(
        self,
        made: Candidate,
        *,
        base: Address,
        server: Server | None,
        withheld: bool = False,
        name: str | None = None,
    ) -> GatheredCandidate:
        address = (made.host, made.port)
        redundant = (address, base) in self._told
        # A host that is told under a name alone makes nothing redundant: its address is not known.
        if not (self.configuration.mdns and made.type == CandidateType.HOST.value):
            self._told.add((address, base))
        return GatheredCandidate(
            type=CandidateType(made.type),
            address=address,
            priority=made.priority,
            base=base,
            server=None if server is None else server.url,
            line=f"candidate:{_at(made, (name or made.host, made.port)).to_sdp()}",
            redundant=redundant,
            withheld=withheld,
        )


@dataclass(frozen=True, slots=True)
class Made:
    """A candidate in its three shapes.

    Attributes:
        own: With the address itself, to be paired.
        public: For descriptions; nowhere, where a name hides the address.
        told: For the application.
    """

    own: Candidate
    public: Candidate
    told: GatheredCandidate


def _at(candidate: Candidate, address: Address) -> Candidate:
    """The same candidate at another address."""
    return Candidate(
        candidate.foundation,
        candidate.component,
        candidate.transport,
        candidate.priority,
        *address,
        candidate.type,
        related_address=candidate.related_address,
        related_port=candidate.related_port,
    )


def _nowhere(like: Address) -> Address:
    """RFC 8839 §5.1: what hides a related address, of the family of the candidate."""
    return ("0.0.0.0" if ipaddress.ip_address(like[0]).version == 4 else "::", 9)


def _preference(priority: int) -> int:
    """The local preference inside a priority (RFC 8445 §5.1.2.1)."""
    return (priority >> 8) & 0xFFFF
