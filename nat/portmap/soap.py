"""SOAP as a caller of UPnP actions writes and reads it (UPnP Device Architecture 1.1 §3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from nat.portmap.errors import MalformedError
from nat.portmapping.boundedxml import XmlError, child_text, local_name, parse

_ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_ENCODING: Final = "http://schemas.xmlsoap.org/soap/encoding/"
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True)
class Fault:
    """An action that failed (§3.2.2).

    Attributes:
        code: of UPnP, or of the service.
        text: what the device says to it.
    """

    code: int
    text: str


def encode_call(service: str, action: str, arguments: Mapping[str, object]) -> bytes:
    """The call of an action; the order of arguments counts (§3.2.1)."""
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in arguments.items())
    return (
        f'<?xml version="1.0"?>\r\n<s:Envelope xmlns:s="{_ENVELOPE}" s:encodingStyle="{_ENCODING}">'
        f'<s:Body><u:{action} xmlns:u="{service}">{inner}</u:{action}></s:Body></s:Envelope>\r\n'
    ).encode()


def decode(body: bytes, action: str) -> Mapping[str, str] | Fault:
    """Read the answer to a call.

    Raises:
        MalformedError: it is none.
    """
    try:
        root = parse(body)
    except XmlError as error:
        raise MalformedError(f"the answer to {action} is {error}") from None
    for element in root.iter():
        name = local_name(element)
        if name == f"{action}Response":
            return {local_name(one): (one.text or "").strip()[:_LONGEST] for one in element}
        if name == "UPnPError":
            return _fault(element, action)
    raise MalformedError(f"expected an answer to {action}, got <{local_name(root)[:_LONGEST]}>")


def _fault(element: ET.Element, action: str) -> Fault:
    code = child_text(element, "errorCode")
    if not code.isascii() or not code.isdecimal() or len(code) > 5:
        raise MalformedError(f"{action} failed with the code {code!r}, which is no number")
    return Fault(int(code), child_text(element, "errorDescription"))
