"""A UPnP device's description of itself (UPnP Device Architecture 1.1 §2.3): its name and its services."""

from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from nat.portmap.errors import MalformedError
from nat.portmap.ssdp import Url
from nat.portmapping.boundedxml import XmlError, child_text, local_name, parse

CONNECTIONS: Final = (
    "urn:schemas-upnp-org:service:WANIPConnection:",
    "urn:schemas-upnp-org:service:WANPPPConnection:",
)
"""Services that map ports, without their version."""
FIREWALLS: Final = ("urn:schemas-upnp-org:service:WANIPv6FirewallControl:",)
"""The service that opens pinholes."""
MOST_SERVICES: Final = 8


@dataclass(frozen=True, slots=True)
class Service:
    """A service that maps ports, or opens pinholes.

    Attributes:
        kind: its type, which calls must name.
        control: where calls go.
    """

    kind: str
    control: Url

    def at(self, host: str) -> "Service":
        """The same, called at another address of the device."""
        return Service(self.kind, self.control.at(host))


@dataclass(frozen=True, slots=True)
class Device:
    """A gateway.

    Attributes:
        name: what it calls itself.
        services: those that were looked for.
    """

    name: str
    services: tuple[Service, ...]


def decode(data: bytes, location: Url, kinds: tuple[str, ...] = CONNECTIONS) -> Device:
    """Read a description that was fetched.

    Args:
        kinds: the services that are looked for.

    Raises:
        MalformedError: it is none, has no such service, or sends calls elsewhere.
    """
    try:
        root = parse(data)
    except XmlError as error:
        raise MalformedError(f"{location} is no description of a device: {error}") from None
    base_text = child_text(root, "URLBase")
    base = Url.parse(base_text, location) if base_text else location
    services = tuple(
        Service(kind, _control(element, base, location))
        for element in root.iter()
        if local_name(element) == "service"
        and (kind := child_text(element, "serviceType")).startswith(kinds)
    )
    if not services:
        what = "maps ports" if kinds == CONNECTIONS else "opens pinholes"
        raise MalformedError(f"{location} describes no device that {what}")
    return Device(_name(root), services[:MOST_SERVICES])


def _control(element: ET.Element, base: Url, location: Url) -> Url:
    control = Url.parse(child_text(element, "controlURL", longest=1024), base)
    if control.address.host != location.address.host:
        raise MalformedError(f"{location} sends calls elsewhere, to {control}")
    return control


def _name(root: ET.Element) -> str:
    for element in root:
        if local_name(element) == "device":
            names = (child_text(element, one) for one in ("manufacturer", "modelName"))
            friendly = child_text(element, "friendlyName")
            return friendly or " ".join(one for one in names if one)
    return ""
