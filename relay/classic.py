"""Binding requests of RFC 3489, which had no magic cookie: old clients ask a discovery server so.

Such a message is one of RFC 8489 with other bytes where the cookie is, so the cookie is put in for reading
and the client's own bytes are put back into the answer. RESPONSE-ADDRESS is not done: it would let anybody
have anybody answered, and is refused as any attribute that must be understood.
"""

from relay.discovery import Discovery
from relay.fivetuple import FiveTuple, Transport
from stunwire import (
    MAGIC_COOKIE,
    Address,
    Attribute,
    DecodeError,
    MappedAddress,
    Message,
    UnknownAttribute,
    decode,
)

_COOKIE = MAGIC_COOKIE.to_bytes(4, "big")
_COOKIE_AT = slice(4, 8)
_BINDING_REQUEST = b"\0\1"
SOURCE_ADDRESS = 0x0004
CHANGED_ADDRESS = 0x0005


def is_classic(data: bytes, transport: Transport) -> bool:
    """Say whether `data` begins as a Binding request without the cookie; RFC 3489 knew UDP alone."""
    begins = data.startswith(_BINDING_REQUEST) and data[_COOKIE_AT] != _COOKIE
    return begins and transport is Transport.UDP


def decode_classic(data: bytes) -> Message | None:
    """Read a Binding request without the cookie; None when it is malformed."""
    try:
        return decode(data[:4] + _COOKIE + data[8:])
    except DecodeError:
        return None


def with_bytes_of(request: bytes, answer: bytes) -> bytes:
    """Put the bytes that the client had in the cookie's place into the answer."""
    return answer[:4] + request[_COOKIE_AT] + answer[8:]


def attributes(discovery: Discovery, five_tuple: FiveTuple, origin: Address) -> list[Attribute]:
    """List what the answer from `origin` carries (RFC 3489 §8.1)."""
    changed = discovery.other(five_tuple.server)
    return [
        MappedAddress(five_tuple.client),
        UnknownAttribute(SOURCE_ADDRESS, MappedAddress(origin).encode()),
        UnknownAttribute(CHANGED_ADDRESS, MappedAddress(changed).encode()),
    ]
