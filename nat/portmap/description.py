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
MOST_SERVICES: Final = 8


@dataclass(frozen=True, slots=True)
class Service:
    """A service that maps ports.

    Attributes:
        kind: its type, which calls must name.
        control: where calls go.
    """

    kind: str
    control: Url


@dataclass(frozen=True, slots=True)
class Device:
    """A gateway.

    Attributes:
        name: what it calls itself.
        services: those that map ports.
    """

    name: str
    services: tuple[Service, ...]


def decode(data: bytes, location: Url) -> Device:
    """Read a description that was fetched.

    Raises:
        MalformedError: it is none, has no service that maps ports, or sends calls elsewhere.
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
        and (kind := child_text(element, "serviceType")).startswith(CONNECTIONS)
    )
    if not services:
        raise MalformedError(f"{location} describes no device that maps ports")
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
