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
from aioice import Candidate, stun

from peer.candidates import Address, GatheredCandidate, ServerFailure
from peer.configuration import Configuration, IceTransportPolicy
from peer.engine.hosts import open_socket
from peer.engine.localcandidates import COMPONENT, LocalCandidates, Made
from peer.engine.protocol import IceProtocol
from peer.localaddresses import LocalAddress, local_addresses
from peer.servers import Server, ServerKind, Transport

ORDER_GRACE = 0.020
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
        self._make = LocalCandidates(plan.configuration, relay_only=False)

    async def run(self, *, relay_only: bool = False) -> None:
        """Gather everything; returns when the last server has answered or run out of time.

        Args:
            relay_only: As the policy `RELAY`.
        """
        configuration = self._plan.configuration
        relay_only = relay_only or configuration.policy is IceTransportPolicy.RELAY
        self._make = LocalCandidates(configuration, relay_only)
        hosts = [] if relay_only else await self._hosts()
        async with asyncio.TaskGroup() as group:
            reflexive = [
                group.create_task(self._reflexive(host, server, index))
                for host in hosts
                for index, server in enumerate(self._plan.of(ServerKind.STUN))
            ]
            for index, server in enumerate(self._plan.of(ServerKind.TURN)):
                group.create_task(self._relayed(server, reflexive, index=index))

    async def _hosts(self) -> list[IceProtocol]:
        """Open a socket on each local address (RFC 8445 §5.1.1.1)."""
        hosts = []
        for index, address in enumerate(local_addresses(self._plan.configuration)):
            host = await self._host(address, index)
            if host is not None:
                hosts.append(host)
        return hosts

    async def _host(self, address: LocalAddress, index: int) -> IceProtocol | None:
        ports = self._plan.configuration.port_range
        try:
            transport, protocol = await open_socket(self._new_protocol, address, ports)
        except OSError as error:
            # An address that has just gone, or no port left for us.
            self._report(ServerFailure(server="", base=(address.host, 0), reason=_reason(error)))
            return None
        made = self._make.host(_two(transport.get_extra_info("sockname")), index)
        protocol.local_candidate = made.own
        self._report(protocol)
        self._tell(made)
        return protocol

    async def _reflexive(self, host: IceProtocol, server: Server, index: int) -> None:
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
            self._tell(self._make.reflexive(host.local_candidate, mapped, server, address, index))

    async def _relayed(
        self, server: Server, reflexive: list[asyncio.Task[None]], *, index: int
    ) -> None:
        """Ask a TURN server for an allocation (RFC 8656 §7); servers named first come first."""
        try:
            async with asyncio.timeout(self._plan.configuration.gathering_deadline):
                candidate, protocol = await self._allocate(server)
        except TimeoutError:
            self._failed(
                server, None, f"no answer within {self._plan.configuration.gathering_deadline:g} s"
            )
            return
        except _SERVER_ERRORS as error:
            self._failed(server, None, _reason(error))
            return
        relayed = (candidate.host, candidate.port)
        mapped = (candidate.related_address or candidate.host, candidate.related_port or 0)
        made = self._make.relayed(relayed, mapped, server, server.address, index)
        protocol.local_candidate = made.own
        # The socket is paired at once; only the telling waits for the reflexive ones.
        self._report(protocol)
        if reflexive:
            await asyncio.wait(reflexive, timeout=ORDER_GRACE)
        self._tell(made)

    async def _allocate(self, server: Server) -> tuple[Candidate, IceProtocol]:
        candidate, protocol = await aioice.ice.relayed_candidate(
            component=COMPONENT,
            hide_related_address=False,
            protocol_factory=self._new_protocol,
            turn_server=server.address,
            turn_username=server.username,
            turn_password=server.credential,
            turn_ssl=server.transport is Transport.TLS,
            turn_transport="udp" if server.transport is Transport.UDP else "tcp",
        )
        assert isinstance(protocol, IceProtocol)
        return candidate, protocol

    def _tell(self, made: Made) -> None:
        if not made.told.withheld:
            self._report(made.public)
        self._report(made.told)

    def _failed(self, server: Server, base: Address | None, reason: str) -> None:
        self._report(ServerFailure(server=server.url, base=base, reason=reason))


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
    """An address without IPv6's flow and scope, which mean nothing on another machine."""
    return (address[0].partition("%")[0], address[1])


def _reason(error: Exception) -> str:
    """An error in words, also where the library gives none."""
    if isinstance(error, stun.TransactionTimeout):
        return "no answer"
    if isinstance(error, KeyError):
        return f"its answer lacks {error.args[0]}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
