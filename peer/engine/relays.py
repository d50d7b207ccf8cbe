"""An allocation on a TURN server, at whichever of its addresses answers, or where it sends us."""

import asyncio
import functools
import ssl
from dataclasses import dataclass
from typing import Final

from peer.candidates import Address
from peer.configuration import Configuration
from peer.engine.racing import race
from peer.engine.relayerrors import RedirectedError, RelayError
from peer.engine.relaylink import RelayLink, Way
from peer.engine.resolution import Resolution
from peer.localaddresses import LocalAddress, local_addresses
from peer.servers import Server, Transport
from peer.turn import Allocated
from stunwire import Family, LongTermCredential

#: RFC 8489 §10 has a client follow, and look out for circles; two hops are plenty.
MOST_REDIRECTIONS: Final = 2
_ALLOCATION_MISMATCH: Final = 437
_FAMILIES: Final = {4: Family.IPV4, 6: Family.IPV6}


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a server has given.

    Attributes:
        link: The connection.
        allocated: The addresses.
        asked: The server's address that answered.
    """

    link: RelayLink
    allocated: Allocated
    asked: Address


class Relays:
    """Asks TURN servers, and waits in the end for what had to be given back.

    Args:
        configuration: Families, ports, interfaces and how TLS is verified.
        resolution: Where names are looked up.
    """

    def __init__(self, configuration: Configuration, resolution: Resolution) -> None:
        self._configuration = configuration
        self._resolution = resolution
        self._families = tuple(_FAMILIES[version] for version in sorted(configuration.ip_versions))
        self._links: set[RelayLink] = set()

    async def allocate(self, server: Server) -> Allocation:
        """Get an allocation; the server's addresses are tried one after the other.

        Raises:
            OSError: There is none; a `RelayError` may have the server's code.
        """
        addresses = await self._resolution.addresses(server)
        return await race(
            [functools.partial(self._attempt, server, address) for address in addresses],
            _give_back,
        )

    async def given_back(self) -> None:
        """Wait until what was asked for in vain is over, within the deadline for closing."""
        links = list(self._links)
        if links:
            deadline = self._configuration.close_deadline
            await asyncio.wait([link.over for link in links], timeout=deadline)
        for link in links:
            link.abort()

    async def _attempt(self, server: Server, address: Address) -> Allocation:
        """Ask at one address, and where that sends us."""
        asked: list[Address] = []
        name = server.host
        while True:
            asked.append(address)
            try:
                return await self._ask(server, address, name)
            except RedirectedError as error:
                address, name = error.server, error.domain or name
                if address in asked or len(asked) > MOST_REDIRECTIONS:
                    raise RelayError("300 it sends us on and on to other servers", 300) from error

    async def _ask(self, server: Server, address: Address, name: str) -> Allocation:
        """Ask one server, once more from another port when an old allocation is in the way."""
        for attempt in range(2):
            link = self._link(server, address, name)
            try:
                allocated = await link.allocate()
            except RelayError as error:
                if error.code != _ALLOCATION_MISMATCH or attempt:
                    raise
            except BaseException:
                self._keep_until_over(link)
                raise
            else:
                return Allocation(link, allocated, address)
        raise AssertionError

    def _link(self, server: Server, address: Address, name: str) -> RelayLink:
        assert server.username is not None
        assert server.credential is not None
        way = Way(
            address=address,
            transport=server.transport,
            name=name,
            tls=self._tls(server),
            local=self._local(address),
            port_range=self._configuration.port_range,
        )
        credentials = LongTermCredential(server.username, server.credential)
        return RelayLink(credentials, way, self._families)

    def _tls(self, server: Server) -> ssl.SSLContext | None:
        if server.transport is not Transport.TLS:
            return None
        return self._configuration.tls or _default_tls()

    def _local(self, address: Address) -> LocalAddress | None:
        """The address to ask from: where interfaces are chosen, it is one of theirs."""
        if not self._configuration.interfaces:
            return None
        version = 6 if ":" in address[0] else 4
        mine = local_addresses(self._configuration)
        found = next((one for one in mine if one.version == version), None)
        if found is None:
            raise RelayError(f"no interface that may be used has an IPv{version} address")
        return found

    def _keep_until_over(self, link: RelayLink) -> None:
        if not link.over.done():
            self._links.add(link)
            link.over.add_done_callback(lambda _: self._links.discard(link))


def _give_back(allocation: Allocation) -> None:
    allocation.link.close()


@functools.cache
def _default_tls() -> ssl.SSLContext:
    """The system's authorities; reading them takes a while, so it is done once."""
    return ssl.create_default_context()
