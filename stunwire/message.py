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
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, Self, TypeVar

from stunwire.address import MAGIC_COOKIE, mask_address
from stunwire.attributes import (
    KINDS,
    Attribute,
    ErrorCode,
    Fingerprint,
    Lifetime,
    MessageIntegrity,
    MessageIntegritySha256,
    Realm,
    RequestedTransport,
    UnknownAttribute,
    Username,
)
from stunwire.encoding import TRAILERS, encode, join_type
from stunwire.errors import DecodeError
from stunwire.integrity import HEADER_LENGTH, IntegrityKey, fingerprint_code, integrity_code
from stunwire.registry import Class, ErrorCodes, Integrity, Method

MOST_ATTRIBUTES = 128

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_unpack_attribute = _ATTRIBUTE.unpack_from
_FINGERPRINT_LENGTH = 8
_FULL_SHA256 = 32
_SHA1 = Integrity.SHA1  # Python 3.11 asks code of its own for a member, every time
_DECODERS: dict[int, Callable[[bytes], Attribute]] = {kind.type: kind.decode for kind in KINDS}
_REPEATED = Realm, Username, RequestedTransport, Lifetime
"""Attributes that are the same in many messages of many clients, and so are read once."""
_VALUES_AT_HAND = 256
_DECODERS.update({kind.type: lru_cache(_VALUES_AT_HAND)(kind.decode) for kind in _REPEATED})
_MASKED = frozenset(kind.type for kind in KINDS if kind.masked)
_SEALS = frozenset((MessageIntegrity, MessageIntegritySha256))

Kind = TypeVar("Kind", bound=Attribute)


class Origin(NamedTuple):
    """The bytes that a message was decoded from, and where its integrity attributes begin; 0 for none.

    `first` has the first attribute of each kind.
    """

    data: bytes
    sha1_at: int
    sha256_at: int
    first: Mapping[type[Attribute], Any]


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
        if self.origin is not None:
            found: Kind | None = self.origin.first.get(kind)
            return found
        for attribute in self.attributes:
            if type(attribute) is kind:
                return attribute
        return None

    def has_any(self, kinds: AbstractSet[type[Attribute]]) -> bool:
        """Whether an attribute of any of these kinds came."""
        if self.origin is not None:
            return not kinds.isdisjoint(self.origin.first)
        return not kinds.isdisjoint([type(attribute) for attribute in self.attributes])

    def get_all(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """Every attribute of a kind, as XOR-PEER-ADDRESS in CreatePermission (RFC 8656 §10.1)."""
        if self.get(kind) is None:
            return ()
        return tuple([attribute for attribute in self.attributes if type(attribute) is kind])

    @property
    def unknown_required(self) -> tuple[int, ...]:
        """The types that had to be understood and were not, for the answer 420. RFC 8489 §6.3.1."""
        if self.get(UnknownAttribute) is None:
            return ()
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
        return self.has_any(_SEALS)

    def verify(self, key: bytes, algorithm: Integrity, *, shortest: int = _FULL_SHA256) -> bool:
        """Whether the integrity attribute of a decoded message fits the key, in constant time. RFC 8489 §14.5, §14.6.

        Args:
            key: from `long_term_key` or `short_term_key`.
            algorithm: which of the two attributes to check; one that is absent does not fit.
            shortest: bytes that MESSAGE-INTEGRITY-SHA256 must have; less than 32 only where a usage allows truncation.
        """
        return self.fits(IntegrityKey(key, algorithm), shortest=shortest)

    def fits(self, key: IntegrityKey, *, shortest: int = _FULL_SHA256) -> bool:
        """As `verify`, with a key at hand, which costs half as much; its `length` does not count."""
        if self.origin is None:
            return False
        data, sha1_at, sha256_at, _ = self.origin
        is_sha1 = key.algorithm is _SHA1
        at = sha1_at if is_sha1 else sha256_at
        if not at:
            return False
        size = data[at + 2] << 8 | data[at + 3]
        if not is_sha1 and size < shortest:
            return False
        start = at + 4
        code = integrity_code(data[:at], key, size)
        return hmac.compare_digest(code, data[start : start + size])

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
        return encode(
            self.method,
            self.cls,
            self.transaction_id,
            self.attributes,
            integrity=integrity,
            fingerprint=fingerprint,
        )

    def unprotected(self) -> "Message":
        """The same message without integrity attributes and fingerprint, to be protected anew."""
        kept = tuple(a for a in self.attributes if a.type not in TRAILERS)
        return Message(self.method, self.cls, self.transaction_id, kept)


def decode(data: bytes | bytearray | memoryview) -> Message:
    """Read one whole message.

    Raises:
        DecodeError: the bytes are no STUN message. Nothing else is raised, whatever the bytes are.
    """
    data = bytes(data)
    message_type, transaction_id = _decode_header(data)
    attributes, at = _decode_attributes(data, transaction_id)
    sha1_at = sha256_at = 0
    if at < len(data):
        trailers, sha1_at, sha256_at = _decode_trailers(data, at)
        attributes += trailers
    method, cls = _MESSAGE_TYPES.get(message_type) or _split_type(message_type)
    first = {type(attribute): attribute for attribute in reversed(attributes)}
    origin = Origin(data, sha1_at, sha256_at, first)
    return Message(method, cls, transaction_id, tuple(attributes), origin)


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


def _decode_attributes(data: bytes, transaction_id: bytes) -> tuple[list[Attribute], int]:
    """The attributes up to the first that seals the message, and where that one begins."""
    attributes: list[Attribute] = []
    at, end = HEADER_LENGTH, len(data)
    while at < end:
        kind, length = _unpack_attribute(data, at)
        if kind in TRAILERS:
            break
        start = at + 4
        stop = start + length
        if stop > end or len(attributes) == MOST_ATTRIBUTES:
            raise _overrun(kind, stop, end)
        value = data[start:stop]
        decoder = _DECODERS.get(kind)
        if decoder is None:
            attributes.append(UnknownAttribute(kind, value))
        elif kind in _MASKED:
            attributes.append(decoder(mask_address(value, transaction_id)))
        else:
            attributes.append(decoder(value))
        at = stop + (-length & 3)
    return attributes, at


def _decode_trailers(data: bytes, at: int) -> tuple[list[Attribute], int, int]:
    """Integrity attributes and FINGERPRINT, and where the first two begin; all else is passed over (rule 1)."""
    trailers: list[Attribute] = []
    end, left = len(data), MOST_ATTRIBUTES
    sha1_at = sha256_at = 0
    while at < end:
        kind, length = _unpack_attribute(data, at)
        stop = at + 4 + length
        left -= 1
        if stop > end or left < 0:
            raise _overrun(kind, stop, end)
        if kind == Fingerprint.type:
            _check_fingerprint(data, at, stop)
            trailers.append(Fingerprint.decode(data[at + 4 : stop]))
        elif kind == MessageIntegritySha256.type and not sha256_at:
            trailers.append(MessageIntegritySha256.decode(data[at + 4 : stop]))
            sha256_at = at
        elif kind == MessageIntegrity.type and not (sha1_at or sha256_at):
            trailers.append(MessageIntegrity.decode(data[at + 4 : stop]))
            sha1_at = at
        at = stop + (-length & 3)
    return trailers, sha1_at, sha256_at


def _overrun(kind: int, stop: int, end: int) -> DecodeError:
    return DecodeError(
        f"attribute {kind:#06x} ends at byte {stop} of {end}; there may be {MOST_ATTRIBUTES} attributes"
    )


def _check_fingerprint(data: bytes, at: int, stop: int) -> None:
    if stop != len(data) or stop - at != _FINGERPRINT_LENGTH:
        raise DecodeError("FINGERPRINT has 4 bytes and is the last attribute")
    expected = fingerprint_code(data[:at])
    got = int.from_bytes(data[stop - 4 :], "big")
    if got != expected:
        raise DecodeError(f"expected FINGERPRINT {expected:#010x}, got {got:#010x}")


def _split_type(message_type: int) -> tuple[int, Class]:
    method = message_type & 0x000F | (message_type & 0x00E0) >> 1 | (message_type & 0x3E00) >> 2
    return method, Class((message_type & 0x0100) >> 7 | (message_type & 0x0010) >> 4)


_MESSAGE_TYPES: dict[int, tuple[int, Class]] = {
    join_type(method, cls): (method, cls) for method in Method for cls in Class
}


def _phrase(code: int) -> str:
    try:
        return ErrorCodes(code).phrase
    except ValueError:
        return ""
