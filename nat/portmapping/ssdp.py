"""How a host finds its NAT by UPnP: SSDP searches and their answers (UPnP Device Architecture 1.1 §1.3)."""

from dataclasses import dataclass
from typing import Final

PORT: Final = 1900
GROUP: Final = "239.255.255.250"
GROUP6: Final = "ff02::c"
"""UPnP Device Architecture 1.1 §A.3."""
SERVER: Final = "Hairpin/1 UPnP/1.1 lab/1"

DEVICE: Final = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"
WAN_DEVICE: Final = "urn:schemas-upnp-org:device:WANDevice:1"
CONNECTION_DEVICE: Final = "urn:schemas-upnp-org:device:WANConnectionDevice:1"
SERVICE: Final = "urn:schemas-upnp-org:service:WANIPConnection:1"
FIREWALL: Final = "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1"
ROOT: Final = "upnp:rootdevice"

TARGETS: Final = (ROOT, DEVICE, WAN_DEVICE, CONNECTION_DEVICE, SERVICE)
TARGETS6: Final = (ROOT, *(f"{one[:-1]}2" for one in TARGETS[1:4]), FIREWALL)
"""What a device of version 2 answers to that has a firewall, and no NAT."""
_LARGEST: Final = 2048


@dataclass(frozen=True, slots=True)
class Ssdp:
    """The answerer of one NAT.

    Args:
        uuid: of the device.
        location: URL of its description.
        targets: what it is.
    """

    uuid: str
    location: str
    targets: tuple[str, ...] = TARGETS

    def receive(self, data: bytes) -> list[bytes]:
        """Answer an M-SEARCH, once for each target it asks for; silence for anything else."""
        headers = _parse(data)
        if headers is None or headers.get("man", "").strip('"') != "ssdp:discover":
            return []
        wanted = headers.get("st", "")
        if wanted == "ssdp:all":
            return [self._answer(target) for target in (*self.targets, f"uuid:{self.uuid}")]
        if wanted in self.targets or wanted == f"uuid:{self.uuid}":
            return [self._answer(wanted)]
        return []

    def _answer(self, target: str) -> bytes:
        own = f"uuid:{self.uuid}"
        name = own if target == own else f"{own}::{target}"
        lines = (
            "HTTP/1.1 200 OK",
            "CACHE-CONTROL: max-age=1800",
            "EXT:",
            f"LOCATION: {self.location}",
            f"SERVER: {SERVER}",
            f"ST: {target}",
            f"USN: {name}",
            "",
            "",
        )
        return "\r\n".join(lines).encode()


def _parse(data: bytes) -> dict[str, str] | None:
    """The headers of an M-SEARCH, names in lower case; None for anything else."""
    if len(data) > _LARGEST:
        return None
    first, *lines = data.decode("utf-8", "replace").split("\r\n")
    if first != "M-SEARCH * HTTP/1.1":
        return None
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
