"""What a UPnP device says of itself, and its services of theirs (UPnP Device Architecture 1.1 §2)."""

from collections.abc import Mapping
from typing import Final

from nat.portmapping.ssdp import CONNECTION_DEVICE, DEVICE, WAN_DEVICE

PATH: Final = "/description.xml"


def describe_device(uuid: str, version: int, services: str, link: str = "") -> bytes:
    """The description of a gateway (§2.3).

    Args:
        version: of the gateway and the devices in it.
        services: those of its connection; `list_service` writes one.
        link: those of its link.
    """
    inner = _device(CONNECTION_DEVICE, version, "WAN connection", uuid, services=services)
    wan = _device(WAN_DEVICE, version, "WAN", uuid, services=link, devices=inner)
    root = _device(DEVICE, version, "A NAT of the Hairpin lab", uuid, devices=wan)
    return (
        '<?xml version="1.0"?>\n<root xmlns="urn:schemas-upnp-org:device-1-0">'
        f"<specVersion><major>1</major><minor>1</minor></specVersion>{root}</root>\n"
    ).encode()


def list_service(kind: str, name: str, description: str, control: str) -> str:
    """A service as the device's description lists it."""
    return (
        f"<service><serviceType>{kind}</serviceType>"
        f"<serviceId>urn:upnp-org:serviceId:{name}</serviceId>"
        f"<SCPDURL>{description}</SCPDURL><controlURL>{control}</controlURL>"
        "<eventSubURL></eventSubURL></service>"
    )


def _device(
    kind: str, version: int, name: str, uuid: str, *, services: str = "", devices: str = ""
) -> str:
    return (
        f"<device><deviceType>{kind[:-1]}{version}</deviceType><friendlyName>{name}</friendlyName>"
        "<manufacturer>Hairpin</manufacturer><modelName>NAT lab</modelName>"
        f"<UDN>uuid:{uuid}</UDN>"
        + (f"<serviceList>{services}</serviceList>" if services else "")
        + (f"<deviceList>{devices}</deviceList>" if devices else "")
        + "</device>"
    )


def describe_actions(arguments: Mapping[str, tuple[str, ...]]) -> bytes:
    """The actions of a service and what they take (§2.5)."""
    actions = "".join(
        f"<action><name>{action}</name><argumentList>"
        + "".join(
            f"<argument><name>{name}</name><direction>in</direction></argument>" for name in names
        )
        + "</argumentList></action>"
        for action, names in arguments.items()
    )
    return (
        '<?xml version="1.0"?>\n<scpd xmlns="urn:schemas-upnp-org:service-1-0">'
        "<specVersion><major>1</major><minor>1</minor></specVersion>"
        f"<actionList>{actions}</actionList></scpd>\n"
    ).encode()
