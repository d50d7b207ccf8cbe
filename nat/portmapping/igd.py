"""A UPnP Internet Gateway Device: the actions of WANIPConnection:1 on a NAT, and its description."""

from collections.abc import Callable, Mapping
from typing import Final

from nat.packets import Address, Drop, Protocol
from nat.portmapping.descriptions import describe_actions, describe_device, list_service
from nat.portmapping.mapper import ExplicitMapping, PortMapper, granted, map_exactly
from nat.portmapping.soap import Call, FaultError
from nat.portmapping.ssdp import SERVICE

PERMANENT: Final = 7 * 86_400.0
"""Seconds a lease of 0 lives; IGD:2 §2.5.18 makes a week of it."""

_PROTOCOLS: Final = {"UDP": Protocol.UDP, "TCP": Protocol.TCP}
_BIT_RATE: Final = 1_000_000_000
_INVALID: Final = (402, "Invalid Args")
_NO_SUCH: Final = (714, "NoSuchEntryInArray")

Values = Mapping[str, object]


class Igd:
    """The service of one NAT.

    Only a host itself may map ports to itself: what IGD:2 asks of a control point that has not
    identified itself, and what keeps one machine from opening another.

    Args:
        mapper: the NAT.
        started: when it began, in seconds.
    """

    def __init__(self, mapper: PortMapper, started: float) -> None:
        self._mapper = mapper
        self._started = started
        self._descriptions: dict[tuple[Protocol, Address], str] = {}
        self._actions: Mapping[str, Callable[[Mapping[str, str], str, float], Values]] = {
            "AddPortMapping": self._add,
            "DeletePortMapping": self._delete,
            "GetExternalIPAddress": self._external,
            "GetSpecificPortMappingEntry": self._specific,
            "GetGenericPortMappingEntry": self._generic,
            "GetStatusInfo": self._status,
            "GetConnectionTypeInfo": self._kind,
            "GetNATRSIPStatus": self._nat_status,
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

    def perform_link(self, call: Call) -> Values:
        """Tell of the link, for `WANCommonInterfaceConfig:1`, which a WAN device must have.

        Raises:
            FaultError: there is no such action.
        """
        if call.action != "GetCommonLinkProperties":
            raise FaultError(401, "Invalid Action")
        return {
            "NewWANAccessType": "Ethernet",
            "NewLayer1UpstreamMaxBitRate": _BIT_RATE,
            "NewLayer1DownstreamMaxBitRate": _BIT_RATE,
            "NewPhysicalLinkStatus": "Up",
        }

    def _add(self, wanted: Mapping[str, str], client: str, now: float) -> Values:
        """IGD:1 §2.4.16 AddPortMapping."""
        protocol = _protocol(wanted)
        port = _number(wanted, "NewExternalPort")
        internal = Address(client, _number(wanted, "NewInternalPort"))
        if wanted.get("NewInternalClient") != client:
            raise FaultError(606, "Action not authorized")
        if not internal.port > 0 or not port > 0:
            raise FaultError(716, "WildCardNotPermittedInExtPort")
        if wanted.get("NewRemoteHost"):
            raise FaultError(726, "RemoteHostOnlySupportsWildcard")
        lease = _number(wanted, "NewLeaseDuration", largest=2**32 - 1)
        lifetime = granted(lease) if lease else PERMANENT
        got = map_exactly(self._mapper, protocol, internal, port, lifetime, now)
        if isinstance(got, Drop):
            raise FaultError(718, "ConflictInMappingEntry")
        self._note(protocol, internal, wanted.get("NewPortMappingDescription", ""), now)
        return {}

    def _delete(self, wanted: Mapping[str, str], client: str, now: float) -> Values:
        mapping = self._find(wanted, now)
        if mapping.internal.host != client:
            raise FaultError(606, "Action not authorized")
        self._mapper.unmap_port(mapping.protocol, mapping.internal, now)
        self._descriptions.pop((mapping.protocol, mapping.internal), None)
        return {}

    def _external(self, _: Mapping[str, str], _client: str, _now: float) -> Values:
        return {"NewExternalIPAddress": self._mapper.external[0]}

    def _specific(self, wanted: Mapping[str, str], _client: str, now: float) -> Values:
        return self._entry(self._find(wanted, now), now)

    def _generic(self, wanted: Mapping[str, str], _client: str, now: float) -> Values:
        index = _number(wanted, "NewPortMappingIndex")
        mappings = self._mapper.explicit_mappings(now)
        if index >= len(mappings):
            raise FaultError(713, "SpecifiedArrayIndexInvalid")
        mapping = mappings[index]
        head = {
            "NewRemoteHost": "",
            "NewExternalPort": mapping.external.port,
            "NewProtocol": mapping.protocol.name,
        }
        return {**head, **self._entry(mapping, now)}

    def _status(self, _: Mapping[str, str], _client: str, now: float) -> Values:
        return {
            "NewConnectionStatus": "Connected",
            "NewLastConnectionError": "ERROR_NONE",
            "NewUptime": int(now - self._started),
        }

    def _kind(self, _: Mapping[str, str], _client: str, _now: float) -> Values:
        return {"NewConnectionType": "IP_Routed", "NewPossibleConnectionTypes": "IP_Routed"}

    def _nat_status(self, _: Mapping[str, str], _client: str, _now: float) -> Values:
        return {"NewRSIPAvailable": 0, "NewNATEnabled": 1}

    def _find(self, wanted: Mapping[str, str], now: float) -> ExplicitMapping:
        protocol, port = _protocol(wanted), _number(wanted, "NewExternalPort")
        for mapping in self._mapper.explicit_mappings(now):
            if mapping.protocol is protocol and mapping.external.port == port:
                return mapping
        raise FaultError(*_NO_SUCH)

    def _entry(self, mapping: ExplicitMapping, now: float) -> dict[str, object]:
        return {
            "NewInternalPort": mapping.internal.port,
            "NewInternalClient": mapping.internal.host,
            "NewEnabled": 1,
            "NewPortMappingDescription": self._descriptions.get(
                (mapping.protocol, mapping.internal), ""
            ),
            "NewLeaseDuration": max(0, int(mapping.expires - now)),
        }

    def _note(self, protocol: Protocol, internal: Address, text: str, now: float) -> None:
        """Keep a description, and those of living mappings only."""
        living = {(one.protocol, one.internal) for one in self._mapper.explicit_mappings(now)}
        kept = {key: old for key, old in self._descriptions.items() if key in living}
        self._descriptions = {**kept, (protocol, internal): text[:256]}


def _protocol(wanted: Mapping[str, str]) -> Protocol:
    protocol = _PROTOCOLS.get(wanted.get("NewProtocol", ""))
    if protocol is None:
        raise FaultError(*_INVALID)
    return protocol


def _number(wanted: Mapping[str, str], name: str, *, largest: int = 65535) -> int:
    text = wanted.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 10 or int(text) > largest:
        raise FaultError(*_INVALID)
    return int(text)


CONTROL_PATH: Final = "/control/WANIPConnection"
SCPD_PATH: Final = "/WANIPConnection.xml"
LINK_SERVICE: Final = "urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1"
LINK_CONTROL_PATH: Final = "/control/WANCommonInterfaceConfig"
LINK_SCPD_PATH: Final = "/WANCommonInterfaceConfig.xml"

_ARGUMENTS: Final = {
    "AddPortMapping": (
        "NewRemoteHost", "NewExternalPort", "NewProtocol", "NewInternalPort", "NewInternalClient",
        "NewEnabled", "NewPortMappingDescription", "NewLeaseDuration",
    ),
    "DeletePortMapping": ("NewRemoteHost", "NewExternalPort", "NewProtocol"),
    "GetExternalIPAddress": (),
    "GetSpecificPortMappingEntry": ("NewRemoteHost", "NewExternalPort", "NewProtocol"),
    "GetGenericPortMappingEntry": ("NewPortMappingIndex",),
    "GetStatusInfo": (),
    "GetConnectionTypeInfo": (),
    "GetNATRSIPStatus": (),
}  # fmt: skip
_LINK_ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {"GetCommonLinkProperties": ()}


def describe(uuid: str) -> bytes:
    """The device description (UPnP Device Architecture 1.1 §2.3)."""
    return describe_device(
        uuid,
        1,
        list_service(SERVICE, "WANIPConn1", SCPD_PATH, CONTROL_PATH),
        list_service(LINK_SERVICE, "WANCommonIFC1", LINK_SCPD_PATH, LINK_CONTROL_PATH),
    )


def describe_service() -> bytes:
    """The actions of `WANIPConnection:1` and what they take (UPnP Device Architecture 1.1 §2.5)."""
    return describe_actions(_ARGUMENTS)


def describe_link() -> bytes:
    """The same for `WANCommonInterfaceConfig:1`."""
    return describe_actions(_LINK_ARGUMENTS)
