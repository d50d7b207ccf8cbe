"""`open_port`: a port is open to the outside for as long as a block of code runs."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Sequence
from typing import Final

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap.choosing import Way, open_by_any
from nat.portmap.client import Wanted
from nat.portmap.keeping import OpenPort
from nat.portmap.network import Network
from nat.portmap.sockets import Sockets
from stunwire import Family

LIFETIME: Final = 3600
"""Seconds. RFC 6886 §3.3 recommends 7,200; what a program that is killed leaves behind ends sooner."""
LOOK_EVERY: Final = 60.0


@contextlib.asynccontextmanager
async def open_port(
    internal_port: int,
    *,
    protocol: Protocol = Protocol.UDP,
    external_port: int | None = None,
    lifetime: int = LIFETIME,
    description: str = "Hairpin",
    spoken: Sequence[PortMapping] | None = None,
    family: Family | None = None,
    host: str = "",
    gateway: str | None = None,
    network: Network | None = None,
    look_every: float = LOOK_EVERY,
) -> AsyncIterator[OpenPort]:
    """Open a port to the outside, keep it open, and close it at the end.

        async with open_port(5000) as port:
            print(f"strangers can send to {port.external}")

    Over IPv6 it is a pinhole in the firewall: what is sent to this machine's own address comes in.
    The end takes a few seconds at most, also when it comes by cancellation or Ctrl-C. A port that
    cannot be closed ends after its lifetime.

    Args:
        internal_port: on this machine; a socket of the caller's is to be bound to it.
        protocol: UDP or TCP.
        external_port: which would be best, and 0 for any; None for the number of the internal one.
            A gateway may give another.
        lifetime: seconds, after half of which it is renewed.
        description: what the gateway's owner sees (UPnP).
        spoken: the protocols to try, the best first; None for all that the family has.
        family: IPv4 or IPv6; None for that of `host`, or else IPv4.
        host: of this machine, to which the socket is bound; empty for the address by which it sends.
        gateway: whom to ask; None for the default router.
        network: sockets to ask with; None for asyncio's.
        look_every: seconds between questions whether the gateway has forgotten it.

    Raises:
        PortMapError: no gateway has opened it; the message says why.
        ValueError: a port or a lifetime is out of its range, or an address is of another family.
    """
    wish = internal_port if external_port is None else external_port
    wanted = Wanted(protocol, internal_port, wish, lifetime, description)
    world = Sockets() if network is None else network
    if family is None:
        family = Family.IPV6 if ":" in host else Family.IPV4
    way = Way(family, gateway, host)
    open_it = functools.partial(open_by_any, world, spoken=spoken, way=way)
    port = OpenPort(world, wanted, await open_it(wanted), open_it, look_every=look_every)
    keeper = asyncio.create_task(port.keep(), name=f"keeps port {internal_port} open")
    try:
        yield port
    finally:
        keeper.cancel()
        try:
            await asyncio.wait([keeper])
        finally:
            await port.end()
        if not keeper.cancelled():
            keeper.result()
