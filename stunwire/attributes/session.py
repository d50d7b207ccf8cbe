"""The attributes of STUN itself: RFC 8489 §14."""

from dataclasses import dataclass
from typing import ClassVar, Self

from stunwire.attributes.base import (
    AddressAttribute,
    Attribute,
    BytesAttribute,
    TextAttribute,
    XorAddressAttribute,
    decode_number,
    decode_text,
    encode_number,
    encode_text,
    wrong_length,
)
from stunwire.errors import DecodeError

_LONGEST_REASON_SENT = 509
_LONGEST_REASON_READ = 763


@dataclass(frozen=True, slots=True)
class MappedAddress(AddressAttribute):
    """MAPPED-ADDRESS: the client as the server sees it, for clients of RFC 3489. RFC 8489 §14.1."""

    type = 0x0001


@dataclass(frozen=True, slots=True)
class XorMappedAddress(XorAddressAttribute):
    """XOR-MAPPED-ADDRESS: the client as the server sees it. RFC 8489 §14.2."""

    type = 0x0020


@dataclass(frozen=True, slots=True)
class Username(TextAttribute):
    """USERNAME: whose key the integrity attribute uses. RFC 8489 §14.3: "fewer than 509 bytes"."""

    type = 0x0006
    longest_sent: ClassVar[int] = 508


@dataclass(frozen=True, slots=True)
class UserHash(BytesAttribute):
    """USERHASH: the hash that stands for USERNAME where users stay anonymous. RFC 8489 §14.4."""

    type = 0x001E
    length: ClassVar[int | None] = 32


@dataclass(frozen=True, slots=True)
class MessageIntegrity(BytesAttribute):
    """MESSAGE-INTEGRITY: HMAC-SHA1 over what stands before it. RFC 8489 §14.5."""

    type = 0x0008
    length: ClassVar[int | None] = 20


@dataclass(frozen=True, slots=True)
class MessageIntegritySha256(BytesAttribute):
    """MESSAGE-INTEGRITY-SHA256: HMAC-SHA256 over what stands before it, 16 to 32 bytes of it. RFC 8489 §14.6."""

    type = 0x001C
    lengths: ClassVar[range] = range(16, 33, 4)

    def encode(self) -> bytes:
        """The first bytes of the HMAC."""
        if len(self.value) not in self.lengths:
            raise ValueError(f"expected 16, 20, 24, 28 or 32 bytes, got {len(self.value)}")
        return self.value

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The first bytes of the HMAC."""
        if len(value) not in cls.lengths:
            raise DecodeError(f"{cls.__name__} has 16, 20, 24, 28 or 32 bytes, got {len(value)}")
        return cls(value)


@dataclass(frozen=True, slots=True)
class Fingerprint(Attribute):
    """FINGERPRINT: CRC-32 over what stands before it, which tells STUN from other traffic. RFC 8489 §14.7."""

    type = 0x8028

    crc: int

    def encode(self) -> bytes:
        """The xor'ed CRC-32."""
        return encode_number(self.crc, 4)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The xor'ed CRC-32."""
        return cls(decode_number(cls, value, 4))


@dataclass(frozen=True, slots=True)
class ErrorCode(Attribute):
    """ERROR-CODE: why a request was refused. RFC 8489 §14.8."""

    type = 0x0009

    code: int
    reason: str = ""

    def encode(self) -> bytes:
        """Class, number, reason."""
        return b"\0\0" + encode_code(self.code) + encode_text(self.reason, _LONGEST_REASON_SENT)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Class, number, reason."""
        return cls(decode_code(value), decode_text(value[4:], _LONGEST_REASON_READ))


@dataclass(frozen=True, slots=True)
class UnknownAttributes(Attribute):
    """UNKNOWN-ATTRIBUTES: the types that made the server answer 420. RFC 8489 §14.13."""

    type = 0x000A

    types: tuple[int, ...]

    def encode(self) -> bytes:
        """One 16-bit number after the other."""
        return b"".join(encode_number(number, 2) for number in self.types)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """One 16-bit number after the other."""
        if len(value) % 2:
            raise DecodeError(f"UnknownAttributes has an even number of bytes, got {len(value)}")
        return cls(
            tuple(int.from_bytes(value[at : at + 2], "big") for at in range(0, len(value), 2))
        )


@dataclass(frozen=True, slots=True)
class Realm(TextAttribute):
    """REALM: the realm of long-term credentials. RFC 8489 §14.9."""

    type = 0x0014


@dataclass(frozen=True, slots=True)
class Nonce(TextAttribute):
    """NONCE: the server's nonce, with the nonce cookie at its start. RFC 8489 §14.10, §9.2."""

    type = 0x0015


@dataclass(frozen=True, slots=True)
class PasswordAlgorithm(Attribute):
    """PASSWORD-ALGORITHM: how the client made its key. RFC 8489 §14.12.

    Args:
        algorithm: the number on the wire; `PasswordHash` names those that are known.
        parameters: the algorithm's parameters; MD5 and SHA-256 have none.
    """

    type = 0x001D

    algorithm: int
    parameters: bytes = b""

    def encode(self) -> bytes:
        """Number, length of the parameters, parameters padded to 32 bits."""
        return (
            encode_number(self.algorithm, 2)
            + encode_number(len(self.parameters), 2)
            + self.parameters
            + bytes(-len(self.parameters) % 4)
        )

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Number, length of the parameters, parameters."""
        algorithm, parameters, size = _take_algorithm(value)
        if size < len(value):
            raise wrong_length(cls, value, size)
        return cls(algorithm, parameters)


@dataclass(frozen=True, slots=True)
class PasswordAlgorithms(Attribute):
    """PASSWORD-ALGORITHMS: what the server offers, best first. RFC 8489 §14.11."""

    type = 0x8002

    algorithms: tuple[PasswordAlgorithm, ...]

    def encode(self) -> bytes:
        """One algorithm after the other, each padded to 32 bits."""
        return b"".join(algorithm.encode() for algorithm in self.algorithms)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """One algorithm after the other, each padded to 32 bits."""
        algorithms = []
        while value:
            algorithm, parameters, size = _take_algorithm(value)
            algorithms.append(PasswordAlgorithm(algorithm, parameters))
            value = value[size:]
        return cls(tuple(algorithms))


@dataclass(frozen=True, slots=True)
class Software(TextAttribute):
    """SOFTWARE: what the sender is; for people, and off by default in a server. RFC 8489 §14.14."""

    type = 0x8022


@dataclass(frozen=True, slots=True)
class AlternateServer(AddressAttribute):
    """ALTERNATE-SERVER: where to ask instead, beside error 300. RFC 8489 §14.15."""

    type = 0x8023


@dataclass(frozen=True, slots=True)
class AlternateDomain(TextAttribute):
    """ALTERNATE-DOMAIN: the domain that the alternate server's certificate names. RFC 8489 §14.16."""

    type = 0x8003
    longest_sent: ClassVar[int] = 255
    longest_read: ClassVar[int] = 255


def encode_code(code: int) -> bytes:
    """Class and number of an error code. RFC 8489 §14.8: "The value MUST be between 3 and 6"."""
    hundreds, number = divmod(code, 100)
    if hundreds not in range(3, 7):
        raise ValueError(f"expected an error code in 300..699, got {code}")
    return bytes((hundreds, number))


def decode_code(value: bytes) -> int:
    """The error code in the second half of a value's first four bytes."""
    if len(value) < 4:
        raise DecodeError(f"an error code has at least 4 bytes, got {len(value)}")
    hundreds, number = value[2] & 0x07, value[3]
    if hundreds not in range(3, 7) or number not in range(100):
        raise DecodeError(
            f"expected an error code in 300..699, got class {hundreds} number {number}"
        )
    return hundreds * 100 + number


def _take_algorithm(value: bytes) -> tuple[int, bytes, int]:
    """Number and parameters of the algorithm at the start, and how many bytes it takes with its padding."""
    length = int.from_bytes(value[2:4], "big")
    stop = 4 + length
    if len(value) < stop:
        raise DecodeError(f"a password algorithm has {stop} bytes here, got {len(value)}")
    return int.from_bytes(value[:2], "big"), value[4:stop], stop + -length % 4
