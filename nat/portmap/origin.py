"""From which address of this machine a gateway of IPv6 is asked: it opens what is asked for from there."""

import errno
import ipaddress
from typing import Final

from nat.portmap.errors import MovedError, NoGatewayError
from nat.portmap.network import Network
from stunwire import Address

SOMEWHERE: Final = Address("2001:db8::1", 9)
"""Nobody's address (RFC 3849), towards which the way out is looked up; nothing is sent."""
OF_NOBODY: Final = frozenset({errno.EADDRNOTAVAIL, errno.ENODEV})


async def own_address(network: Network) -> str:
    """The address by which this machine sends to the internet over IPv6.

    A gateway is asked at an address of the link, and would answer for ours of the link, which nobody
    out there can reach (RFC 6887 §11.2: the internal address is the one that asks).

    Raises:
        NoGatewayError: there is none.
    """
    try:
        endpoint = await network.open_udp(SOMEWHERE)
    except OSError as error:
        raise NoGatewayError(f"this machine has no way out over IPv6: {error}") from None
    host = endpoint.local.host
    endpoint.close()
    check_reachable(host)
    return host


def check_reachable(host: str) -> None:
    """See that others than neighbours can reach an address.

    Raises:
        NoGatewayError: they cannot.
    """
    if ipaddress.ip_address(host.partition("%")[0]).is_link_local:
        raise NoGatewayError(f"this machine has {host} alone, which counts on its own link only")


def moved(host: str, error: OSError) -> MovedError | None:
    """Whether a socket could not be bound because an address is this machine's no more."""
    if not host or error.errno not in OF_NOBODY:
        return None
    return MovedError(f"this machine no longer has the address {host}")
