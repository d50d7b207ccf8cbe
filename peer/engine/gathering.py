"""Host, server-reflexive and relayed candidates, gathered side by side and told in that order.

Every server has a deadline of its own, so a dead one delays nobody. A relayed candidate that
overtakes the reflexive ones is held back for 20 ms at most, so that the other side hears them in
the order of their priority when they come at about the same time.
"""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from aioice import Candidate, stun

from peer.candidates import NO_ANSWER, Address, GatheredCandidate, ServerFailure
from peer.configuration import Configuration, IceTransportPolicy
from peer.engine.hosts import open_socket
from peer.engine.localcandidates import LocalCandidates, Made
from peer.engine.mdnsservice import OwnNames
from peer.engine.protocol import IceProtocol
from peer.engine.racing import race
from peer.engine.relayerrors import describe
from peer.engine.relays import Allocation, Relays
from peer.engine.resolution import Resolution, family_of, is_address
from peer.localaddresses import LocalAddress, local_addresses
from peer.servers import Server, ServerKind

ORDER_GRACE: Final = 0.020
#: Seconds until the next address of a STUN server is asked besides: RFC 8489 §6.2.1's first timeout.
NEXT_ADDRESS: Final = 0.5
#: What a server that does not answer as it should looks like.
_SERVER_ERRORS: Final = (OSError, stun.TransactionError, ValueError, KeyError)

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
        self._resolution = Resolution()
        self._relays = Relays(plan.configuration, self._resolution)
        self._names = OwnNames()
        self._asking: list[asyncio.Task[None]] = []
        self._stopped = False

    async def run(self, *, relay_only: bool = False) -> None:
        """Gather everything; returns when the last server has answered or run out of time.

        What is under way when this is cancelled is given back in the background.

        Args:
            relay_only: As the policy `RELAY`.
        """
        configuration = self._plan.configuration
        relay_only = relay_only or configuration.policy is IceTransportPolicy.RELAY
        self._make = LocalCandidates(configuration, relay_only)
        hosts = [] if relay_only else await self._hosts()
        try:
            async with asyncio.TaskGroup() as group:
                reflexive = [
                    self._begin(group, work)
                    for index, server in enumerate(self._plan.of(ServerKind.STUN))
                    for work in self._questions(server, index, hosts)
                ]
                for index, server in enumerate(self._plan.of(ServerKind.TURN)):
                    self._begin(group, self._relayed(server, index, reflexive))
        finally:
            self._resolution.close()

    def stop(self) -> None:
        """Ask no further: `run` returns, and what comes from now on is given back."""
        self._stopped = True
        for task in self._asking:
            task.cancel()

    async def close(self) -> None:
        """Stop, and wait until what was asked for in vain is given back; a second at most."""
        self.stop()
        self._names.close()
        await self._relays.given_back()

    def _begin(
        self, group: asyncio.TaskGroup, work: Coroutine[Any, Any, None]
    ) -> asyncio.Task[None]:
        task = group.create_task(work)
        self._asking.append(task)
        if self._stopped:
            task.cancel()
        return task

    # Host candidates

    async def _hosts(self) -> list[IceProtocol]:
        """Open a socket on each local address (RFC 8445 §5.1.1.1)."""
        await self._open_names()
        hosts = []
        for index, address in enumerate(local_addresses(self._plan.configuration)):
            host = None if self._stopped else await self._host(address, index)
            if host is not None:
                hosts.append(host)
        return hosts

    async def _open_names(self) -> None:
        """Make ready to tell names instead of addresses, where that is asked for."""
        configuration = self._plan.configuration
        if configuration.mdns and configuration.policy is not IceTransportPolicy.NO_HOST:
            try:
                await self._names.open()
            except OSError as error:
                reason = f"no names can be told, as there is no mDNS here: {describe(error)}"
                self._report(ServerFailure(server="", base=None, reason=reason))

    async def _host(self, address: LocalAddress, index: int) -> IceProtocol | None:
        ports = self._plan.configuration.port_range
        try:
            transport, protocol = await open_socket(self._new_protocol, address, ports)
        except OSError as error:
            # An address that has just gone, or no port left for us.
            self._report(ServerFailure(server="", base=(address.host, 0), reason=describe(error)))
            return None
        base = _two(transport.get_extra_info("sockname"))
        made = self._make.host(base, index, self._names.publish(base[0]))
        protocol.local_candidate = made.own
        self._report(protocol)
        self._tell(made)
        return protocol

    # Server-reflexive candidates

    def _questions(
        self, server: Server, index: int, hosts: list[IceProtocol]
    ) -> list[Coroutine[Any, Any, None]]:
        """What to ask a STUN server; one that is an address need not be looked up."""
        if not hosts:
            return []
        if is_address(server.host):
            return self._of_hosts(server, index, hosts, (server.address,), self._deadline())
        return [self._reflexive(server, index, hosts)]

    async def _reflexive(self, server: Server, index: int, hosts: list[IceProtocol]) -> None:
        """Look a STUN server up and ask where our packets seem to come from (RFC 8445 §5.1.1.2)."""
        deadline = self._deadline()
        try:
            async with asyncio.timeout_at(deadline):
                addresses = await self._resolution.addresses(server)
        except (TimeoutError, OSError) as error:
            self._failed(server, error)
            return
        async with asyncio.TaskGroup() as group:
            for work in self._of_hosts(server, index, hosts, addresses, deadline):
                group.create_task(work)

    def _of_hosts(
        self,
        server: Server,
        index: int,
        hosts: list[IceProtocol],
        addresses: tuple[Address, ...],
        deadline: float,
    ) -> list[Coroutine[Any, Any, None]]:
        """A question from each host that shares a family with the server."""
        works = []
        for host in hosts:
            family = family_of(_base(host)[0])
            its = [one for one in addresses if family_of(one[0]) == family]
            if its:
                works.append(self._mapped(host, server, index, its, deadline))
        if not works:
            self._failed(server, OSError("it has no address of a family that is here"))
        return works

    async def _mapped(
        self,
        host: IceProtocol,
        server: Server,
        index: int,
        addresses: list[Address],
        deadline: float,
    ) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                attempts = [functools.partial(_ask_stun, host, one) for one in addresses]
                mapped, asked = await race(attempts, delay=NEXT_ADDRESS)
        except _SERVER_ERRORS as error:
            self._failed(server, error, base=_base(host), asked=addresses[0])
        else:
            self._tell(self._make.reflexive(host.local_candidate, mapped, server, asked, index))

    # Relayed candidates

    async def _relayed(
        self, server: Server, index: int, reflexive: list[asyncio.Task[None]]
    ) -> None:
        """Ask a TURN server for an allocation (RFC 8656 §7); servers named first come first."""
        try:
            async with asyncio.timeout_at(self._deadline()):
                allocation = await self._relays.allocate(server)
        except _SERVER_ERRORS as error:
            self._failed(server, error)
            return
        made = self._take_in(allocation, server, index)
        # The sockets are paired at once; only the telling waits for a reflexive one, and not for all
        # of them: a server that is dead would cost what the grace is.
        if reflexive:
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait(reflexive, timeout=ORDER_GRACE, return_when=first)
        for one in made:
            self._tell(one)

    def _take_in(self, allocation: Allocation, server: Server, index: int) -> list[Made]:
        """Make a socket of each relayed address."""
        mapped = _two(allocation.allocated.mapped)
        taken = []
        for relayed in map(_two, allocation.allocated.relayed):
            made = self._make.relayed(relayed, mapped, server, allocation.asked, index)
            protocol = self._new_protocol()
            protocol.local_candidate = made.own
            allocation.link.transport_for(relayed, mapped, protocol)
            self._report(protocol)
            taken.append(made)
        return taken

    # What is told

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._plan.configuration.gathering_deadline

    def _tell(self, made: Made) -> None:
        if not made.told.withheld:
            self._report(made.public)
        self._report(made.told)

    def _failed(
        self,
        server: Server,
        error: Exception,
        *,
        base: Address | None = None,
        asked: Address | None = None,
    ) -> None:
        reason = _reason(error)
        if isinstance(error, TimeoutError):
            reason = f"no answer within {self._plan.configuration.gathering_deadline:g} s"
        failure = ServerFailure(
            server=server.url, base=base, reason=reason, code=_code(error), asked=asked
        )
        self._report(failure)


async def _ask_stun(host: IceProtocol, address: Address) -> tuple[Address, Address]:
    """One Binding request from a host's socket; the mapped address, and who told it."""
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    response, _ = await host.request(request, address)
    mapped = _two(response.attributes["XOR-MAPPED-ADDRESS"])
    if family_of(mapped[0]) != family_of(_base(host)[0]) or not mapped[1]:
        raise ValueError(f"its answer names {mapped[0]} port {mapped[1]}, which cannot be ours")
    return mapped, address


def _base(host: IceProtocol) -> Address:
    return (host.local_candidate.host, host.local_candidate.port)


def _two(address: Any) -> Address:
    """An address without IPv6's flow and scope, which mean nothing on another machine."""
    return (str(address[0]).partition("%")[0], address[1])


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"its answer lacks {error.args[0]}"
    return describe(error)


def _code(error: Exception) -> int:
    """The server's error code, or that of silence."""
    if isinstance(error, stun.TransactionFailed):
        return error.response.error_code or NO_ANSWER
    code = getattr(error, "code", None)
    return code if isinstance(code, int) else NO_ANSWER
