"""A STUN message to bytes: header, attributes and what seals them. RFC 8489 §5, §14."""

import struct
from collections.abc import Sequence

from stunwire.address import MAGIC_COOKIE, mask_address
from stunwire.attributes import Attribute, Fingerprint, MessageIntegrity, MessageIntegritySha256
from stunwire.integrity import IntegrityKey, fingerprint_code, integrity_code
from stunwire.registry import Class

TRANSACTION_ID_LENGTH = 12
TRAILERS = frozenset(kind.type for kind in (MessageIntegrity, MessageIntegritySha256, Fingerprint))
"""The types of what seals a message."""

_HEADER = struct.Struct("!HHI12s")
_pack_attribute = struct.Struct("!HH").pack
_LONGEST_BODY = 0xFFFF
_FINGERPRINT_LENGTH = 8
_PADDING = b"\0\0\0"


def encode(
    method: int,
    cls: Class,
    transaction_id: bytes,
    attributes: Sequence[Attribute],
    *,
    encoded: bytes = b"",
    integrity: Sequence[IntegrityKey] | IntegrityKey | None = None,
    fingerprint: bool = False,
) -> bytes:
    """The bytes of a message that nobody needs as an object; see `Message.encode`.

    Args:
        method, cls, transaction_id, attributes, integrity, fingerprint: as of a `Message`.
        encoded: what `encode_attributes` gave, to stand before the attributes.
    """
    keys = _sort_keys(integrity)
    if (keys or fingerprint) and not TRAILERS.isdisjoint([each.type for each in attributes]):
        raise ValueError("the message is sealed already; take the seals off with unprotected()")
    body = encoded
    if attributes:
        body += b"".join([_encode_attribute(each, transaction_id) for each in attributes])
    length = len(body)
    for key in keys:
        length += key.size + 4
    if fingerprint:
        length += _FINGERPRINT_LENGTH
    if length > _LONGEST_BODY:
        raise ValueError(f"expected at most {_LONGEST_BODY} bytes of attributes, got {length}")
    data = _encode_header(method, cls, transaction_id, length) + body
    for key in keys:
        size = key.size
        code = integrity_code(data, key, size)
        data += _pack_attribute(key.algorithm.attribute_type, size) + code
    if fingerprint:
        code = fingerprint_code(data).to_bytes(4, "big")
        data += _pack_attribute(Fingerprint.type, 4) + code
    return data


def encode_attributes(*attributes: Attribute) -> bytes:
    """The bytes of attributes that are the same in many messages.

    Raises:
        ValueError: a field does not fit its place, or an address is to be masked, which no two messages do alike.
    """
    for each in attributes:
        if each.masked:
            raise ValueError("an address that is masked is encoded anew for each message")
    return b"".join([_encode_attribute(each, b"") for each in attributes])


def join_type(method: int, cls: Class) -> int:
    """The first 16 bits. RFC 8489 §5: the twelve bits of the method and the two of the class are interleaved."""
    spread = method & 0x000F | (method & 0x0070) << 1 | (method & 0x0F80) << 2
    return spread | cls.type_bits


def _encode_header(method: int, cls: Class, transaction_id: bytes, length: int) -> bytes:
    if len(transaction_id) != TRANSACTION_ID_LENGTH:
        raise ValueError(f"expected 12 bytes of transaction id, got {len(transaction_id)}")
    if not 0 <= method <= 0xFFF:
        raise ValueError(f"expected a method in 0..0xFFF, got {method:#x}")
    return _HEADER.pack(join_type(method, cls), length, MAGIC_COOKIE, transaction_id)


def _encode_attribute(attribute: Attribute, transaction_id: bytes) -> bytes:
    value = attribute.encode()
    if attribute.masked:
        value = mask_address(value, transaction_id)
    length = len(value)
    if length > _LONGEST_BODY:
        raise ValueError(f"an attribute has at most {_LONGEST_BODY} bytes, got {length}")
    packed = _pack_attribute(attribute.type, length) + value
    return packed + _PADDING[: -length & 3] if length & 3 else packed


def _sort_keys(
    integrity: Sequence[IntegrityKey] | IntegrityKey | None,
) -> Sequence[IntegrityKey]:
    """The keys in the order of their attributes, one for each. RFC 8489 §14.6: SHA-256 follows SHA-1."""
    if integrity is None:
        return ()
    if isinstance(integrity, IntegrityKey):
        return (integrity,)
    keys = sorted(integrity, key=lambda key: key.algorithm.attribute_type)
    if len({key.algorithm for key in keys}) < len(keys):
        raise ValueError("expected at most one key for each integrity attribute")
    return keys
