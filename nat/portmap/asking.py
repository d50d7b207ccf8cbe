"""One question to a gateway over UDP: sent again until there is an answer, which must be the gateway's own."""

import asyncio
import errno
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from nat.portmap.errors import MalformedError, SilentError, UnsupportedError
from nat.portmap.network import Network, UdpEndpoint
from nat.portmap.origin import moved
from nat.portmapping.pcp import PORT
from stunwire import Address

T = TypeVar("T")

QUICKLY: Final = (0.25, 0.5, 1.0)
"""Seconds until the next transmission, and after the last one (RFC 6886 §3.1). RFC 6887 §8.1.1
would begin with 3 s; a gateway is a few milliseconds away, and a person is waiting."""
PATIENTLY: Final = (*QUICKLY, 2.0, 4.0, 8.0)
"""The same for somebody whom nobody waits for: RFC 6886 §3.1 goes on to 64 s."""


class Asker:
    """A client of NAT-PMP or of PCP, which share a port (RFC 6887 appendix A).

    Args:
        gateway: its address; of PCP it decides the family, and one of IPv6 opens pinholes in its firewall.
        waits: seconds after each transmission.
        source: of this machine, where what comes in is to go; empty for the address by which the
            system sends, over IPv6 to the internet.
    """

    def __init__(
        self,
        network: Network,
        gateway: str,
        waits: Sequence[float] = QUICKLY,
        source: str = "",
    ) -> None:
        self.gateway = gateway
        self._network = network
        self._target = Address(gateway, PORT)
        self._waits = waits
        self._source = source
        self._local = ""


async def ask(
    network: Network,
    target: Address,
    encode: Callable[[str], bytes],
    read: Callable[[bytes], T | None],
    waits: Sequence[float],
    source: str = "",
) -> T:
    """Ask a gateway, from a fresh port, so that an answer to an earlier question cannot come here.

    Args:
        target: the gateway and its port; what others send is ignored (RFC 6886 §3.1, RFC 6887 §8.3).
        encode: makes the request, given our own address.
        read: makes something of an answer; None or `MalformedError` if it is none to this question.
        waits: seconds after each transmission.
        source: our own address; empty for the one that the system would take.

    Raises:
        MovedError: this machine has that address no more.
        UnsupportedError: the gateway has nothing on that port.
        SilentError: it does not answer, or cannot be reached.
    """
    try:
        endpoint = await network.open_udp(target, source=source)
        try:
            return await _ask(endpoint, target, encode(endpoint.local.host), read, waits)
        finally:
            endpoint.close()
    except OSError as error:
        if error.errno == errno.ECONNREFUSED:
            raise UnsupportedError(f"{target.host} has port {target.port} closed") from None
        if (gone := moved(source, error)) is not None:
            raise gone from None
        raise SilentError(f"{target.host} cannot be asked: {error}") from None


async def _ask(
    endpoint: UdpEndpoint,
    target: Address,
    request: bytes,
    read: Callable[[bytes], T | None],
    waits: Sequence[float],
) -> T:
    for wait in waits:
        endpoint.send(request, target)
        try:
            async with asyncio.timeout(wait):
                return await _hear(endpoint, target, read)
        except TimeoutError:
            continue
    seconds = sum(waits)
    raise SilentError(
        f"{target.host} did not answer on port {target.port} within {seconds:g} s,"
        f" asked {len(waits)} times"
    )


async def _hear(endpoint: UdpEndpoint, target: Address, read: Callable[[bytes], T | None]) -> T:
    while True:
        data, source, _ = await endpoint.receive()
        if source != target:
            continue
        try:
            answer = read(data)
        except MalformedError:
            continue
        if answer is not None:
            return answer
