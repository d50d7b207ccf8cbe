"""SOAP as UPnP writes it: the call of an action, its answer, its fault (UPnP Device Architecture 1.1 §3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from nat.portmapping import boundedxml

_ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_ENCODING: Final = "http://schemas.xmlsoap.org/soap/encoding/"
_CONTROL: Final = "urn:schemas-upnp-org:control-1-0"
LARGEST: Final = 16_384
"""Bytes of a request."""


@dataclass(frozen=True, slots=True)
class Call:
    """An action that somebody wants done."""

    action: str
    arguments: Mapping[str, str]


class FaultError(Exception):
    """An action that fails; the code is one of UPnP's or of the service's."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


def parse(body: bytes, service: str) -> Call:
    """Read a call.

    Raises:
        FaultError: it is none, or one of another service.
    """
    try:
        root = boundedxml.parse(body, largest=LARGEST)
    except boundedxml.XmlError:
        raise FaultError(402, "Invalid Args") from None
    envelope = root.find(f"{{{_ENVELOPE}}}Body")
    call = envelope[0] if envelope is not None and len(envelope) else None
    if call is None or not call.tag.startswith(f"{{{service}}}"):
        raise FaultError(401, "Invalid Action")
    arguments = {one.tag: (one.text or "").strip() for one in call}
    return Call(call.tag.rpartition("}")[2], arguments)


def response(service: str, action: str, values: Mapping[str, object]) -> bytes:
    """The answer to a call that has succeeded."""
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())
    return _envelope(f'<u:{action}Response xmlns:u="{service}">{inner}</u:{action}Response>')


def fault(error: FaultError) -> bytes:
    """The answer to a call that has failed (§3.2.2)."""
    return _envelope(
        "<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>"
        f'<UPnPError xmlns="{_CONTROL}"><errorCode>{error.code}</errorCode>'
        f"<errorDescription>{escape(error.text)}</errorDescription></UPnPError></detail></s:Fault>"
    )


def _envelope(body: str) -> bytes:
    return (
        f'<?xml version="1.0"?>\n<s:Envelope xmlns:s="{_ENVELOPE}" s:encodingStyle="{_ENCODING}">'
        f"<s:Body>{body}</s:Body></s:Envelope>\n"
    ).encode()
