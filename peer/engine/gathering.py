"""Host, server-reflexive and relayed candidates, gathered side by side and told in that order.

Every server has a deadline of its own, so a dead one delays nobody. A relayed candidate that
overtakes the reflexive ones is held back for 20 ms at most, so that the other side hears them in
the order of their priority when they come at about the same time.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aioice.ice
from aioice import Candidate, stun, turn
from aioice.candidate import candidate_foundation, candidate_priority

from peer.candidates import Address, CandidateType, GatheredCandidate, ServerFailure
from peer.configuration import Configuration
from peer.engine.protocol import IceProtocol
from peer.servers import Server, ServerKind, Transport

ORDER_GRACE = 0.020
_COMPONENT = 1
_HIGHEST_PREFERENCE = 65535
_LOOPBACK = ("127.0.0.1",)
#: What a server that does not answer as it should looks like in aioice.
_SERVER_ERRORS = (OSError, stun.TransactionError, ssl.SSLError, ValueError, KeyError)

#: What gathering reports: a socket to pair, its candidate, what to tell the application.
Found = IceProtocol | Candidate | GatheredCandidate | ServerFailure


@dataclass(frozen=True, slots=True)
class Plan:
    """What to gather from.

    Attributes:
        servers: STUN and TURN servers, those of the configuration among them.
        configuration: Addresses, policy and deadlines.
    """

    servers: tuple[Server, ...]
    configuration: Configuration

    def of(self, kind: ServerKind) -> tuple[Server, ...]:
        """The servers of one kind."""
        return tuple(server for server in self.servers if server.kind is kind)


class Gathering:
    """One gathering of candidates.

    Args:
        plan: What to gather from.
        new_protocol: Makes the protocol of a new socket.
        report: Called with each thing found, in the order in which the other side should hear it.
    """

    def __init__(
        self,
        plan: Plan,
        new_protocol: Callable[[], IceProtocol],
        report: Callable[[Found], None],
    ) -> None:
        self._plan = plan
        self._new_protocol = new_protocol
        self._report = report
        #: The addresses told, each with its base.
        self._told: set[tuple[Address, Address]] = set()

    async def run(self, *, relay_only: bool) -> None:
        """Gather everything; returns when the last server has answered or run out of time."""
        hosts = [] if relay_only else await self._hosts()
        async with asyncio.TaskGroup() as group:
            reflexive = [
                group.create_task(self._reflexive(host, server))
                for host in hosts
                for server in self._plan.of(ServerKind.STUN)
            ]
            for index, server in enumerate(self._plan.of(ServerKind.TURN)):
                work = self._relayed(server, reflexive, index=index, hide_base=relay_only)
                group.create_task(work)

    async def _hosts(self) -> list[IceProtocol]:
        """Open a socket on each local address."""
        addresses = self._plan.configuration.host_addresses
        if addresses is None:
            addresses = tuple(aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True))
        hosts = []
        for index, address in enumerate(addresses or _LOOPBACK):
            host = await self._host(address, preference=_HIGHEST_PREFERENCE - index)
            if host is not None:
                hosts.append(host)
        return hosts

    async def _host(self, address: str, *, preference: int) -> IceProtocol | None:
        loop = asyncio.get_running_loop()
        try:
            transport, protocol = await loop.create_datagram_endpoint(
                self._new_protocol, local_addr=(address, 0)
            )
        except OSError:
            return None  # an address that has just gone, or that cannot be bound: not a candidate
        sock: socket.socket | None = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, turn.UDP_SOCKET_BUFFER_SIZE)
        base = _two(transport.get_extra_info("sockname"))
        protocol.local_candidate = _candidate(CandidateType.HOST, base, preference=preference)
        self._tell(protocol.local_candidate, protocol, base=base, server=None)
        return protocol

    async def _reflexive(self, host: IceProtocol, server: Server) -> None:
        """Ask a STUN server where our packets seem to come from (RFC 8445 §5.1.1.2)."""
        base = (host.local_candidate.host, host.local_candidate.port)
        try:
            async with asyncio.timeout(self._plan.configuration.gathering_deadline):
                address = await _resolve(server, _family(base[0]))
                if address is None:
                    return  # it has no address of this family
                request = stun.Message(
                    message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST
                )
                response, _ = await host.request(request, address)
                mapped = _two(response.attributes["XOR-MAPPED-ADDRESS"])
        except TimeoutError:
            self._failed(
                server, base, f"no answer within {self._plan.configuration.gathering_deadline:g} s"
            )
        except _SERVER_ERRORS as error:
            self._failed(server, base, _reason(error))
        else:
            candidate = _candidate(
                CandidateType.SERVER_REFLEXIVE,
                mapped,
                preference=_preference(host.local_candidate.priority),
                base=base,
            )
            self._tell(candidate, None, base=base, server=server)

    async def _relayed(
        self, server: Server, reflexive: list[asyncio.Task[None]], *, index: int, hide_base: bool
    ) -> None:
        """Ask a TURN server for an allocation (RFC 8656 §7); servers named first come first."""
        try:
            async with asyncio.timeout(self._plan.configuration.gathering_deadline):
                candidate, protocol = await self._allocate(server, hide_base=hide_base)
        except TimeoutError:
            self._failed(
                server, None, f"no answer within {self._plan.configuration.gathering_deadline:g} s"
            )
            return
        except _SERVER_ERRORS as error:
            self._failed(server, None, _reason(error))
            return
        candidate.priority = candidate_priority(
            _COMPONENT, CandidateType.RELAYED.value, _HIGHEST_PREFERENCE - index
        )
        # The socket is paired at once; only the telling waits for the reflexive ones.
        self._report(protocol)
        if reflexive:
            await asyncio.wait(reflexive, timeout=ORDER_GRACE)
        base = (candidate.related_address or candidate.host, candidate.related_port or 0)
        self._tell(candidate, None, base=base, server=server)

    async def _allocate(self, server: Server, *, hide_base: bool) -> tuple[Candidate, IceProtocol]:
        candidate, protocol = await aioice.ice.relayed_candidate(
            component=_COMPONENT,
            hide_related_address=hide_base,
            protocol_factory=self._new_protocol,
            turn_server=server.address,
            turn_username=server.username,
            turn_password=server.credential,
            turn_ssl=server.transport is Transport.TLS,
            turn_transport="udp" if server.transport is Transport.UDP else "tcp",
        )
        assert isinstance(protocol, IceProtocol)
        return candidate, protocol

    def _tell(
        self,
        candidate: Candidate,
        protocol: IceProtocol | None,
        *,
        base: Address,
        server: Server | None,
    ) -> None:
        if protocol is not None:
            self._report(protocol)
        self._report(candidate)
        kind = CandidateType(candidate.type)
        address = (candidate.host, candidate.port)
        self._report(
            GatheredCandidate(
                type=kind,
                address=address,
                priority=candidate.priority,
                base=base,
                server=None if server is None else server.url,
                line=f"candidate:{candidate.to_sdp()}",
                redundant=(address, base) in self._told,
            )
        )
        self._told.add((address, base))

    def _failed(self, server: Server, base: Address | None, reason: str) -> None:
        self._report(ServerFailure(server=server.url, base=base, reason=reason))


def _candidate(
    kind: CandidateType, address: Address, *, preference: int, base: Address | None = None
) -> Candidate:
    """A candidate of one component, with RFC 8445 §5.1.2.1's priority."""
    return Candidate(
        foundation=candidate_foundation(kind.value, "udp", (base or address)[0]),
        component=_COMPONENT,
        transport="udp",
        priority=candidate_priority(_COMPONENT, kind.value, preference),
        host=address[0],
        port=address[1],
        type=kind.value,
        related_address=None if base is None else base[0],
        related_port=None if base is None else base[1],
    )


def _preference(priority: int) -> int:
    """The local preference inside a priority (RFC 8445 §5.1.2.1)."""
    return (priority >> 8) & 0xFFFF


async def _resolve(server: Server, family: socket.AddressFamily) -> Address | None:
    """The server's address of a family, or `None`."""
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_DGRAM)
    for info in infos:
        if info[0] == family:
            return _two(info[4])
    return None


def _family(host: str) -> socket.AddressFamily:
    version = ipaddress.ip_address(host.partition("%")[0]).version
    return socket.AF_INET if version == 4 else socket.AF_INET6


def _two(address: Any) -> Address:
    """An address without IPv6's flow and scope."""
    return (address[0], address[1])


def _reason(error: Exception) -> str:
    """An error in words, also where the library gives none."""
    if isinstance(error, stun.TransactionTimeout):
        return "no answer"
    if isinstance(error, KeyError):
        return f"its answer lacks {error.args[0]}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
