"""A UPnP gateway's firewall of IPv6: the actions of WANIPv6FirewallControl:1 on pinholes, and its description."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from nat.packets import Address, Drop, Protocol
from nat.portmapping.descriptions import describe_actions, describe_device, list_service
from nat.portmapping.mapper import PortMapper, find
from nat.portmapping.soap import Call, FaultError
from nat.portmapping.ssdp import FIREWALL

CONTROL_PATH: Final = "/control/WANIPv6FirewallControl"
SCPD_PATH: Final = "/WANIPv6FirewallControl.xml"
LONGEST: Final = 86_400
"""Seconds of a lease."""
MOST: Final = 65536
"""Numbers that are given to pinholes."""

_PROTOCOLS: Final = {17: Protocol.UDP, 6: Protocol.TCP}
_NO_SUCH: Final = (704, "NoSuchEntry")
_ARGUMENTS: Final = {
    "GetFirewallStatus": (),
    "AddPinhole": (
        "RemoteHost", "RemotePort", "InternalClient", "InternalPort", "Protocol", "LeaseTime",
    ),
    "UpdatePinhole": ("UniqueID", "NewLeaseTime"),
    "DeletePinhole": ("UniqueID",),
    "GetPinholePackets": ("UniqueID",),
}  # fmt: skip

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Pinhole:
    protocol: Protocol
    internal: Address


class Pinholes:
    """The service of one firewall.

    Only a host itself may open pinholes to itself, as for mappings.

    Args:
        mapper: the firewall.
    """

    def __init__(self, mapper: PortMapper) -> None:
        self._mapper = mapper
        self._given: dict[int, _Pinhole] = {}
        self._last = 0
        self._actions: Mapping[str, Callable[[Mapping[str, str], str, float], Values]] = {
            "GetFirewallStatus": self._status,
            "AddPinhole": self._add,
            "UpdatePinhole": self._update,
            "DeletePinhole": self._delete,
            "GetPinholePackets": self._packets,
        }

    def perform(self, call: Call, client: str, now: float) -> Values:
        """Do what a host inside wants.

        Raises:
            FaultError: it cannot be done.
        """
        action = self._actions.get(call.action)
        if action is None:
            raise FaultError(401, "Invalid Action")
        return action(call.arguments, client, now)

    def _status(self, _: Mapping[str, str], _client: str, _now: float) -> Values:
        return {"FirewallEnabled": 1, "InboundPinholeAllowed": 1}

    def _add(self, wanted: Mapping[str, str], client: str, now: float) -> Values:
        """What is there already is given again, with the new lease."""
        port = _number(wanted, "InternalPort")
        protocol = _PROTOCOLS.get(_number(wanted, "Protocol"))
        if protocol is None:
            raise FaultError(705, "ProtocolNotSupported")
        if port == 0:
            raise FaultError(706, "InternalPortWildcardingNotAllowed")
        if not _is_same(wanted.get("InternalClient", ""), client):
            raise FaultError(606, "Action not authorized")
        if wanted.get("RemoteHost") or _number(wanted, "RemotePort"):
            raise FaultError(708, "only pinholes for everybody are opened here")
        pinhole = _Pinhole(protocol, Address(client, port))
        self._open(pinhole, _lease(wanted, "LeaseTime"), now)
        return {"UniqueID": self._number_of(pinhole, now)}

    def _update(self, wanted: Mapping[str, str], client: str, now: float) -> Values:
        self._open(self._find(wanted, client, now), _lease(wanted, "NewLeaseTime"), now)
        return {}

    def _delete(self, wanted: Mapping[str, str], client: str, now: float) -> Values:
        pinhole = self._find(wanted, client, now)
        self._mapper.unmap_port(pinhole.protocol, pinhole.internal, now)
        del self._given[_number(wanted, "UniqueID")]
        return {}

    def _packets(self, wanted: Mapping[str, str], client: str, now: float) -> Values:
        """It does not count them; that there is no such pinhole is told."""
        self._find(wanted, client, now)
        return {"PinholePackets": 0}

    def _open(self, pinhole: _Pinhole, lease: int, now: float) -> None:
        got = self._mapper.map_port(pinhole.protocol, pinhole.internal, None, lease, now)
        if isinstance(got, Drop):
            raise FaultError(701, "PinholeSpaceExhausted")

    def _number_of(self, pinhole: _Pinhole, now: float) -> int:
        """Its number; those of pinholes that are gone are given again, last of all."""
        living = {
            _Pinhole(one.protocol, one.internal) for one in self._mapper.explicit_mappings(now)
        }
        self._given = {number: one for number, one in self._given.items() if one in living}
        for number, one in self._given.items():
            if one == pinhole:
                return number
        free = (self._last + step for step in range(1, MOST))
        self._last = next(one % MOST for one in free if one % MOST not in self._given)
        self._given[self._last] = pinhole
        return self._last

    def _find(self, wanted: Mapping[str, str], client: str, now: float) -> _Pinhole:
        pinhole = self._given.get(_number(wanted, "UniqueID"))
        if pinhole is None:
            raise FaultError(*_NO_SUCH)
        if find(self._mapper, pinhole.protocol, pinhole.internal, now) is None:
            raise FaultError(*_NO_SUCH)
        if pinhole.internal.host != client:
            raise FaultError(606, "Action not authorized")
        return pinhole


def _is_same(host: str, client: str) -> bool:
    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address(client)
    except ValueError:
        return False


def _lease(wanted: Mapping[str, str], name: str) -> int:
    lease = _number(wanted, name, largest=LONGEST)
    if lease == 0:
        raise FaultError(402, "Invalid Args")
    return lease


def _number(wanted: Mapping[str, str], name: str, *, largest: int = 65535) -> int:
    text = wanted.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 10 or int(text) > largest:
        raise FaultError(402, "Invalid Args")
    return int(text)


def describe_firewall(uuid: str) -> bytes:
    """The description of a device of version 2 that has a firewall, and no NAT."""
    return describe_device(
        uuid, 2, list_service(FIREWALL, "WANIPv6Firewall1", SCPD_PATH, CONTROL_PATH)
    )


def describe_pinholes() -> bytes:
    """The actions and what they take (UPnP Device Architecture 1.1 §2.5)."""
    return describe_actions(_ARGUMENTS)
