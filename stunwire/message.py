"""A STUN message: from bytes, to bytes, and what can be asked of it. RFC 8489 §5.

Rules that decoding holds to, beyond the lengths of everything:
1. Attributes after MESSAGE-INTEGRITY are not seen, except MESSAGE-INTEGRITY-SHA256 and FINGERPRINT; after
   MESSAGE-INTEGRITY-SHA256 only FINGERPRINT is (RFC 8489 §14.5, §14.6): an attacker could have appended them.
2. FINGERPRINT is the last attribute (§14.7), and a wrong one makes the bytes something else than STUN (§7.3).
3. Of several attributes of a kind the first counts (§14).
4. A message has at most 128 attributes, so that no datagram costs more than a fraction of a millisecond.
Messages of RFC 3489, without the cookie, are refused.
"""

import hmac
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self, TypeVar

from stunwire.address import MAGIC_COOKIE, mask_address
from stunwire.attributes import (
    KINDS,
    Attribute,
    ErrorCode,
    Fingerprint,
    MessageIntegrity,
    MessageIntegritySha256,
    UnknownAttribute,
)
from stunwire.errors import DecodeError
from stunwire.integrity import HEADER_LENGTH, IntegrityKey, fingerprint_code, integrity_code
from stunwire.registry import Class, ErrorCodes, Integrity, Method

MOST_ATTRIBUTES = 128
TRANSACTION_ID_LENGTH = 12

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_LONGEST_BODY = 0xFFFF
_FINGERPRINT_LENGTH = 8
_FULL_SHA256 = 32
_SHA1_TYPE = MessageIntegrity.type
_SHA256_TYPE = MessageIntegritySha256.type
_FINGERPRINT_TYPE = Fingerprint.type
_DECODERS: dict[int, Callable[[bytes], Attribute]] = {kind.type: kind.decode for kind in KINDS}
_MASKED = frozenset(kind.type for kind in KINDS if kind.masked)
_METHODS: dict[int, int] = {method.value: method for method in Method}
_CLASSES = tuple(Class)

Kind = TypeVar("Kind", bound=Attribute)


class Origin(NamedTuple):
    """The bytes that a message was decoded from, and where its integrity attributes begin; 0 for none."""

    data: bytes
    sha1_at: int
    sha256_at: int


@dataclass(frozen=True, slots=True)
class Message:
    """A STUN message. RFC 8489 §5.

    Args:
        method: a `Method`, or the number of one that is not known here.
        cls: request, indication, success or error.
        transaction_id: 12 bytes.
        attributes: in the order of the wire; duplicates stay.
        origin: the bytes it came from; None for messages of our own.
    """

    method: int
    cls: Class
    transaction_id: bytes
    attributes: tuple[Attribute, ...] = ()
    origin: Origin | None = field(default=None, repr=False, compare=False)

    @classmethod
    def request(cls, method: int, transaction_id: bytes, *attributes: Attribute) -> Self:
        """A request; the caller draws the transaction id from a secure source (RFC 8489 §5)."""
        return cls(method, Class.REQUEST, transaction_id, attributes)

    @classmethod
    def indication(cls, method: int, transaction_id: bytes, *attributes: Attribute) -> Self:
        """An indication, which nobody answers."""
        return cls(method, Class.INDICATION, transaction_id, attributes)

    def success(self, *attributes: Attribute) -> "Message":
        """The success response to this request."""
        return Message(self.method, Class.SUCCESS, self.transaction_id, attributes)

    def error(self, code: int, *attributes: Attribute, reason: str | None = None) -> "Message":
        """The error response to this request; the reason is a short standard phrase unless given."""
        phrase = _phrase(code) if reason is None else reason
        return Message(
            self.method, Class.ERROR, self.transaction_id, (ErrorCode(code, phrase), *attributes)
        )

    def get(self, kind: type[Kind]) -> Kind | None:
        """The first attribute of a kind, or None. RFC 8489 §14."""
        for attribute in self.attributes:
            if type(attribute) is kind:
                return attribute
        return None

    def get_all(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """Every attribute of a kind, as XOR-PEER-ADDRESS in CreatePermission (RFC 8656 §10.1)."""
        return tuple(attribute for attribute in self.attributes if isinstance(attribute, kind))

    @property
    def unknown_required(self) -> tuple[int, ...]:
        """The types that had to be understood and were not, for the answer 420. RFC 8489 §6.3.1."""
        unknown = (
            a.type for a in self.attributes if isinstance(a, UnknownAttribute) and a.is_required
        )
        return tuple(dict.fromkeys(unknown))

    @property
    def integrity(self) -> tuple[Integrity, ...]:
        """Which integrity attributes the message carries, in their order."""
        return tuple(
            Integrity(attribute.type)
            for attribute in self.attributes
            if isinstance(attribute, MessageIntegrity | MessageIntegritySha256)
        )

    @property
    def has_integrity(self) -> bool:
        """Whether any integrity attribute came; `verify` says whether it is right."""
        return bool(self.integrity)

    def verify(self, key: bytes, algorithm: Integrity, *, shortest: int = _FULL_SHA256) -> bool:
        """Whether the integrity attribute of a decoded message fits the key, in constant time. RFC 8489 §14.5, §14.6.

        Args:
            key: from `long_term_key` or `short_term_key`.
            algorithm: which of the two attributes to check; one that is absent does not fit.
            shortest: bytes that MESSAGE-INTEGRITY-SHA256 must have; less than 32 only where a usage allows truncation.
        """
        if self.origin is None:
            return False
        data, sha1_at, sha256_at = self.origin
        at = sha1_at if algorithm is Integrity.SHA1 else sha256_at
        if not at:
            return False
        size = data[at + 2] << 8 | data[at + 3]
        if algorithm is Integrity.SHA256 and size < shortest:
            return False
        start = at + 4
        return hmac.compare_digest(
            integrity_code(data[:at], key, algorithm, size), data[start : start + size]
        )

    def encode(
        self,
        *,
        integrity: Sequence[IntegrityKey] | IntegrityKey | None = None,
        fingerprint: bool = False,
    ) -> bytes:
        """The bytes of the message, padded with zeros.

        Args:
            integrity: the keys to protect it with; MESSAGE-INTEGRITY comes first whatever their order (RFC 8489 §14.6).
            fingerprint: whether to end with FINGERPRINT (§14.7).

        Raises:
            ValueError: a field does not fit its place, or the message is to be protected twice.
        """
        keys = (integrity,) if isinstance(integrity, IntegrityKey) else tuple(integrity or ())
        if (keys or fingerprint) and any(map(_is_trailer, self.attributes)):
            raise ValueError(
                "the message carries integrity or fingerprint already: take them off with unprotected()"
            )
        body = b"".join(_encode_attribute(a, self.transaction_id) for a in self.attributes)
        data = _encode_header(self, len(body)) + body
        for key in sorted(keys, key=lambda key: key.algorithm.value):
            code = integrity_code(data, key.key, key.algorithm, key.size)
            data += _ATTRIBUTE.pack(key.algorithm.value, len(code)) + code
        length = len(data) - HEADER_LENGTH + (_FINGERPRINT_LENGTH if fingerprint else 0)
        if length > _LONGEST_BODY:
            raise ValueError(
                f"a message has at most {_LONGEST_BODY} bytes of attributes, got {length}"
            )
        data = data[:2] + length.to_bytes(2, "big") + data[4:]
        if fingerprint:
            data += _ATTRIBUTE.pack(_FINGERPRINT_TYPE, 4) + fingerprint_code(data).to_bytes(
                4, "big"
            )
        return data

    def unprotected(self) -> "Message":
        """The same message without integrity attributes and fingerprint, to be protected anew."""
        kept = tuple(a for a in self.attributes if not _is_trailer(a))
        return Message(self.method, self.cls, self.transaction_id, kept)


def decode(data: bytes | bytearray | memoryview) -> Message:
    """Read one whole message.

    Raises:
        DecodeError: the bytes are no STUN message. Nothing else is raised, whatever the bytes are.
    """
    data = bytes(data)
    message_type, transaction_id = _decode_header(data)
    attributes: list[Attribute] = []
    sha1_at = sha256_at = 0
    for kind, at, stop in _spans(data):
        if kind == _FINGERPRINT_TYPE:
            _check_fingerprint(data, at, stop)
        elif kind == _SHA256_TYPE and not sha256_at:
            sha256_at = at
        elif sha1_at or sha256_at:
            continue
        elif kind == _SHA1_TYPE:
            sha1_at = at
        decoder = _DECODERS.get(kind)
        value = data[at + 4 : stop]
        if kind in _MASKED:
            value = mask_address(value, transaction_id)
        attributes.append(decoder(value) if decoder else UnknownAttribute(kind, value))
    # RFC 8489 §5: the method's twelve bits and the class's two are interleaved.
    method = message_type & 0x000F | (message_type & 0x00E0) >> 1 | (message_type & 0x3E00) >> 2
    cls = _CLASSES[(message_type & 0x0100) >> 7 | (message_type & 0x0010) >> 4]
    return Message(
        _METHODS.get(method, method),
        cls,
        transaction_id,
        tuple(attributes),
        Origin(data, sha1_at, sha256_at),
    )


def _decode_header(data: bytes) -> tuple[int, bytes]:
    if len(data) < HEADER_LENGTH:
        raise DecodeError(f"a message has at least {HEADER_LENGTH} bytes, got {len(data)}")
    message_type, length, cookie, transaction_id = _HEADER.unpack_from(data)
    if message_type & 0xC000:
        raise DecodeError(f"a message begins with two zero bits, got {message_type:#06x}")
    if cookie != MAGIC_COOKIE:
        raise DecodeError(f"expected the magic cookie {MAGIC_COOKIE:#010x}, got {cookie:#010x}")
    if length & 3 or length != len(data) - HEADER_LENGTH:
        raise DecodeError(f"the header announces {length} bytes, got {len(data) - HEADER_LENGTH}")
    return message_type, transaction_id


def _spans(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Type, start of the header and end of the value of every attribute."""
    at, end, left = HEADER_LENGTH, len(data), MOST_ATTRIBUTES
    unpack = _ATTRIBUTE.unpack_from
    while at < end:
        kind, length = unpack(data, at)
        stop = at + 4 + length
        left -= 1
        if stop > end or left < 0:
            raise DecodeError(
                f"attribute {kind:#06x} ends at {stop} of {end}, with at most {MOST_ATTRIBUTES} in all"
            )
        yield kind, at, stop
        at = stop + (-length & 3)


def _check_fingerprint(data: bytes, at: int, stop: int) -> None:
    if stop != len(data) or stop - at != _FINGERPRINT_LENGTH:
        raise DecodeError("FINGERPRINT has 4 bytes and is the last attribute")
    expected = fingerprint_code(data[:at])
    got = int.from_bytes(data[stop - 4 :], "big")
    if got != expected:
        raise DecodeError(f"expected FINGERPRINT {expected:#010x}, got {got:#010x}")


def _encode_header(message: Message, length: int) -> bytes:
    method, cls, transaction_id = message.method, message.cls.value, message.transaction_id
    if len(transaction_id) != TRANSACTION_ID_LENGTH:
        raise ValueError(f"expected a transaction id of 12 bytes, got {len(transaction_id)}")
    if not 0 <= method <= 0xFFF:
        raise ValueError(f"expected a method in 0..0xFFF, got {method:#x}")
    message_type = method & 0x000F | (method & 0x0070) << 1 | (method & 0x0F80) << 2
    message_type |= (cls & 2) << 7 | (cls & 1) << 4
    return _HEADER.pack(message_type, min(length, _LONGEST_BODY), MAGIC_COOKIE, transaction_id)


def _encode_attribute(attribute: Attribute, transaction_id: bytes) -> bytes:
    value = attribute.encode()
    if attribute.masked:
        value = mask_address(value, transaction_id)
    length = len(value)
    if length > _LONGEST_BODY:
        raise ValueError(f"an attribute has at most {_LONGEST_BODY} bytes, got {length}")
    return _ATTRIBUTE.pack(attribute.type, length) + value + bytes(-length & 3)


def _is_trailer(attribute: Attribute) -> bool:
    return isinstance(attribute, MessageIntegrity | MessageIntegritySha256 | Fingerprint)


def _phrase(code: int) -> str:
    try:
        return ErrorCodes(code).phrase
    except ValueError:
        return ""
