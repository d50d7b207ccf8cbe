"""The addresses of a server's name, looked up once for everybody who asks."""

import asyncio
import ipaddress
import itertools
import socket
from typing import Any, Final

from peer.candidates import Address
from peer.servers import Server

#: Addresses of one name that are tried.
MOST_ADDRESSES: Final = 6


class UnresolvedError(OSError):
    """A name that does not resolve."""


class Resolution:
    """Looks names up, each once."""

    def __init__(self) -> None:
        self._lookups: dict[Address, asyncio.Task[tuple[Address, ...]]] = {}

    async def addresses(self, server: Server) -> tuple[Address, ...]:
        """The server's addresses, the system's preference first, the families alternating (RFC 8305 §4).

        Raises:
            UnresolvedError: There are none; the message says why.
        """
        if is_address(server.host):
            return (server.address,)
        lookup = self._lookups.get(server.address)
        if lookup is None:
            lookup = asyncio.create_task(_look_up(server))
            lookup.add_done_callback(_nobody_asks)
            self._lookups[server.address] = lookup
        # Whoever is cancelled, or out of time, takes nothing from the others.
        return await asyncio.shield(lookup)

    def close(self) -> None:
        """Ask no further."""
        for lookup in self._lookups.values():
            lookup.cancel()


def is_address(host: str) -> bool:
    """Whether there is nothing to look up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def family_of(host: str) -> socket.AddressFamily:
    """The address family of an address."""
    version = ipaddress.ip_address(host.partition("%")[0]).version
    return socket.AF_INET if version == 4 else socket.AF_INET6


async def _look_up(server: Server) -> tuple[Address, ...]:
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(
            server.host, server.port, type=socket.SOCK_DGRAM
        )
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UnresolvedError(f"the name {server.host} does not resolve: {why}") from error
    found: dict[Any, list[Address]] = {}
    for family, _, _, _, address in infos:
        if family in {socket.AF_INET, socket.AF_INET6}:
            found.setdefault(family, []).append((str(address[0]), int(address[1])))
    mixed = itertools.chain.from_iterable(itertools.zip_longest(*found.values()))
    return tuple(dict.fromkeys(one for one in mixed if one is not None))[:MOST_ADDRESSES]


def _nobody_asks(lookup: asyncio.Task[tuple[Address, ...]]) -> None:
    """Let a failure be, should everybody have gone who waited for it."""
    if not lookup.cancelled():
        lookup.exception()
