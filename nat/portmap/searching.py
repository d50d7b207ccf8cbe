"""Who in this network is a UPnP gateway: everybody is asked, and only neighbours may answer."""

import asyncio
import contextlib
import ipaddress
from collections.abc import Sequence
from typing import Final

from nat.portmap import ssdp
from nat.portmap.errors import MalformedError, SilentError
from nat.portmap.network import Network, UdpEndpoint
from nat.portmap.origin import moved
from nat.portmap.ssdp import Found
from nat.zones import zone_of
from stunwire import Address

MOST_FOUND: Final = 4
MOST_ANSWERS: Final = 128
"""Datagrams that are looked at; what comes then is somebody's storm."""
NEIGHBOURS: Final = tuple(
    ipaddress.ip_network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
)
"""RFC 1918 §3, RFC 3927 §2.1, RFC 6598 §7. Somebody out there who answers is no gateway of ours."""


async def search(
    network: Network, gateway: str | None, waits: Sequence[float], source: str = ""
) -> list[Found]:
    """Find gateways: the default router alone once it has answered, otherwise all until the end.

    Args:
        gateway: the default router, which is asked directly as well; it may be unknown.
        waits: seconds after each time that all are asked.
        source: our own address; empty for the system's choice.

    Raises:
        MovedError: this machine has that address no more.
        SilentError: nobody has answered; the message says if somebody did whom one cannot believe.
    """
    group = Address(ssdp.GROUP, ssdp.PORT)
    targets = [group] if gateway is None else [group, Address(gateway, ssdp.PORT)]
    hearing = _Hearing(gateway)
    await _search(network, targets, hearing, waits, source)
    return hearing.result(sum(waits))


async def search6(network: Network, router: str, waits: Sequence[float]) -> Found:
    """Find a gateway over IPv6: the default router alone is heard, on its own link.

    It may have its description under another of its addresses, at which nobody needs to be asked.

    Raises:
        SilentError: it does not answer.
    """
    zone = zone_of(router)
    group = Address(f"{ssdp.GROUP6}%{zone}" if zone else ssdp.GROUP6, ssdp.PORT)
    hearing = _HearingRouter(router)
    await _search(network, [group, Address(router, ssdp.PORT)], hearing, waits, "")
    (found,) = hearing.result(sum(waits))
    return found


async def _search(
    network: Network,
    targets: Sequence[Address],
    hearing: "_Hearing",
    waits: Sequence[float],
    source: str,
) -> None:
    try:
        endpoint = await network.open_udp(targets[0], source=source)
    except OSError as error:
        if (gone := moved(source, error)) is not None:
            raise gone from None
        raise SilentError(
            f"there is no way to search for UPnP: {error.strerror or error}"
        ) from None
    try:
        for wait in waits:
            _send(endpoint, targets, hearing.wanted)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await hearing.listen(endpoint)
                break
    finally:
        endpoint.close()


def _send(endpoint: UdpEndpoint, targets: Sequence[Address], wanted: Sequence[str]) -> None:
    for target in targets:
        for one in wanted:
            # a system without a way to the group may still have one to the router
            with contextlib.suppress(OSError):
                endpoint.send(ssdp.encode_search(one, target), target)


class _Hearing:
    """What was answered so far."""

    wanted: Sequence[str] = ssdp.TARGETS

    def __init__(self, gateway: str | None) -> None:
        self._gateway = gateway
        self._found: dict[str, Found] = {}
        self._doubt = ""
        self._heard = 0

    async def listen(self, endpoint: UdpEndpoint) -> None:
        """Take answers in until there is one that is enough."""
        while self._heard < MOST_ANSWERS:
            try:
                data, source, _ = await endpoint.receive()
            except OSError:  # somebody has no such port: others may have
                self._heard += 1
                continue
            self._heard += 1
            self._take(data, source.host)
            if self._found and (self._gateway is None or self._gateway in self._found):
                return

    def _take(self, data: bytes, source: str) -> None:
        if source != self._gateway and not _is_neighbour(source):
            self._doubt = f"{source} answered, which is not of this network"
            return
        try:
            found = ssdp.decode(data, source)
        except MalformedError as error:
            self._doubt = str(error)
            return
        if source == self._gateway or len(self._found) < MOST_FOUND:
            self._found.setdefault(source, found)

    def result(self, seconds: float) -> list[Found]:
        """The default router first."""
        if not self._found:
            doubt = f" that can be believed ({self._doubt})" if self._doubt else ""
            raise SilentError(f"no UPnP gateway has answered within {seconds:g} s{doubt}")
        return sorted(self._found.values(), key=self._rank)

    def _rank(self, found: Found) -> bool:
        return found.location.address.host != self._gateway


class _HearingRouter(_Hearing):
    """The same, of the default router of IPv6 alone."""

    wanted = ssdp.TARGETS6

    def _take(self, data: bytes, source: str) -> None:
        if source != self._gateway:
            self._doubt = f"{source} answered, which is not the default router"
            return
        try:
            self._found.setdefault(source, ssdp.decode(data, None))
        except MalformedError as error:
            self._doubt = str(error)


def _is_neighbour(host: str) -> bool:
    address = ipaddress.ip_address(host.partition("%")[0])
    return address.is_link_local or any(address in one for one in NEIGHBOURS)
