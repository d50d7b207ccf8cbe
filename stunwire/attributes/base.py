"""The shapes that attributes have: an address, a text, bytes, a number, a flag."""

from dataclasses import dataclass
from typing import ClassVar, Self

from stunwire.address import Address, decode_address, encode_address
from stunwire.errors import DecodeError


class Attribute:
    """One attribute of a message. RFC 8489 §14.

    `encode` and `decode` deal with the value alone, without header, padding and mask. `type` is the number on the wire.
    `masked` says that the value is an address, which the message xors with its cookie and transaction id.
    """

    __slots__ = ()

    type: int
    masked: ClassVar[bool] = False

    def encode(self) -> bytes:
        """The value's bytes; ValueError when a field does not fit."""
        raise NotImplementedError

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Read the value's bytes; DecodeError when they are refused."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class AddressAttribute(Attribute):
    """An attribute whose value is a plain transport address. RFC 8489 §14.1."""

    address: Address

    def encode(self) -> bytes:
        """Family, port, address."""
        return encode_address(self.address)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Family, port, address."""
        return cls(decode_address(value))


@dataclass(frozen=True, slots=True)
class XorAddressAttribute(AddressAttribute):
    """An attribute whose value is a transport address that the message masks. RFC 8489 §14.2."""

    masked: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class TextAttribute(Attribute):
    """An attribute whose value is UTF-8 text.

    RFC 8489 §14.3, §14.8: up to 509 bytes may be sent and up to 763 must be read.
    """

    longest_sent: ClassVar[int] = 509
    longest_read: ClassVar[int] = 763

    value: str

    def encode(self) -> bytes:
        """The text in UTF-8."""
        return encode_text(self.value, self.longest_sent)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The text in UTF-8."""
        return cls(decode_text(value, cls.longest_read))


@dataclass(frozen=True, slots=True)
class BytesAttribute(Attribute):
    """An attribute whose value is opaque bytes, of a fixed length where `length` says one."""

    length: ClassVar[int | None] = None

    value: bytes

    def encode(self) -> bytes:
        """The bytes themselves."""
        if self.length is not None and len(self.value) != self.length:
            raise ValueError(f"expected {self.length} bytes, got {len(self.value)}")
        return self.value

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The bytes themselves."""
        if cls.length is not None and len(value) != cls.length:
            raise wrong_length(cls, value, cls.length)
        return cls(value)


@dataclass(frozen=True, slots=True)
class FlagAttribute(Attribute):
    """An attribute that says something by being there; it has no value."""

    def encode(self) -> bytes:
        """Nothing."""
        return b""

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Nothing."""
        if value:
            raise wrong_length(cls, value, 0)
        return cls()


def encode_number(number: int, size: int) -> bytes:
    """A number of `size` bytes, most significant first; ValueError when it does not fit."""
    try:
        return number.to_bytes(size, "big")
    except OverflowError:
        raise ValueError(f"{number} does not fit into {size} bytes") from None


def decode_number(kind: type[Attribute], value: bytes, size: int) -> int:
    """The number in a value that must have `size` bytes."""
    if len(value) != size:
        raise wrong_length(kind, value, size)
    return int.from_bytes(value, "big")


def encode_text(text: str, longest: int) -> bytes:
    """UTF-8 of at most `longest` bytes; ValueError when it is longer."""
    value = text.encode()
    if len(value) > longest:
        raise ValueError(f"expected at most {longest} bytes of text, got {len(value)}")
    return value


def decode_text(value: bytes, longest: int) -> str:
    """The text in UTF-8 of at most `longest` bytes."""
    if len(value) > longest:
        raise DecodeError(f"expected at most {longest} bytes of text, got {len(value)}")
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(f"expected UTF-8, got {value[:32]!r}: {error.reason}") from None


def wrong_length(kind: type[Attribute], value: bytes, expected: int) -> DecodeError:
    """The error for a value that has not the length its attribute demands."""
    return DecodeError(f"{kind.__name__} has {expected} bytes, got {len(value)}")
