"""Hears what gateways announce to all: one that has started anew has forgotten which ports were open."""

import asyncio
import contextlib
import ipaddress
import re
from collections.abc import Callable
from typing import Final, runtime_checkable
from typing import Protocol as Interface

from nat.portmap.network import UdpEndpoint
from stunwire import Address

PORT_MAPPING: Final = Address("224.0.0.1", 5350)
"""RFC 6886 §3.2.1 and RFC 6887 §14.1: to all hosts, at the port of clients."""
UPNP: Final = Address("239.255.255.250", 1900)
"""UPnP Device Architecture 1.1 §1.2."""
PORT_MAPPING6: Final = Address("ff02::1", 5350)
"""The same over IPv6 (RFC 6887 §14.1)."""
UPNP6: Final = Address("ff02::c", 1900)
"""UPnP Device Architecture 1.1 §A.3: to everybody on the link."""
_GROUPS: Final = {4: (PORT_MAPPING, UPNP), 6: (PORT_MAPPING6, UPNP6)}
_NOTIFY: Final = b"NOTIFY "
_LEAVE: Final = b"ssdp:byebye"
_START: Final = re.compile(rb"^BOOTID\.UPNP\.ORG:\s*(\d+)", re.MULTILINE | re.IGNORECASE)
_ANSWER: Final = 0x80
"""The bit of the second byte that an announcement has, which is an answer to nobody's question."""


@runtime_checkable
class GroupNetwork(Interface):
    """A network on which one can hear what is sent to a group."""

    async def join(self, group: Address, neighbour: str) -> UdpEndpoint:
        """Hear what is sent to a group, in the network of a neighbour.

        Raises:
            OSError: the system does not allow it, or somebody else keeps the port to himself.
        """


class Announcements:
    """What one gateway says to one group, and whether it means that the gateway has started anew.

    By NAT-PMP and PCP that is when it speaks. By UPnP it speaks every few minutes; it has started anew
    if it took leave before, or counts another start (BOOTID.UPNP.ORG) than before.

    Args:
        group: to which it speaks.
    """

    def __init__(self, group: Address) -> None:
        self._group = group
        self._has_left = False
        self._start: bytes | None = None

    def receive(self, data: bytes) -> bool:
        """Take what it said; say whether it has started anew."""
        if self._group.port != UPNP.port:
            return len(data) > 1 and bool(data[1] & _ANSWER)
        if not data.startswith(_NOTIFY):
            return False
        if _LEAVE in data:
            self._has_left = True
            return False
        found = _START.search(data)
        start = found[1] if found else None
        is_new = self._has_left or (self._start is not None and start != self._start)
        self._has_left, self._start = False, start
        return is_new


async def hear(network: object, gateway: str, tell: Callable[[], None]) -> None:
    """Tell each time a gateway announces that it has started anew, until cancelled.

    Nothing is told where one cannot hear it. Anybody can send that, so it is a reason to renew, and no more.
    """
    if not isinstance(network, GroupNetwork):
        return
    async with asyncio.TaskGroup() as tasks:
        for group in _GROUPS[ipaddress.ip_address(gateway).version]:
            tasks.create_task(_hear(network, group, gateway, tell))


async def _hear(
    network: GroupNetwork, group: Address, gateway: str, tell: Callable[[], None]
) -> None:
    with contextlib.suppress(OSError):
        endpoint = await network.join(group, gateway)
        said = Announcements(group)
        try:
            while True:
                data, source, _ = await endpoint.receive()
                if source.host == gateway and said.receive(data):
                    tell()
        finally:
            endpoint.close()
