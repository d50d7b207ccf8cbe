"""The attributes of NAT behaviour discovery: RFC 5780 §7."""

from dataclasses import KW_ONLY, dataclass, field
from typing import Self

from stunwire.attributes.base import (
    AddressAttribute,
    Attribute,
    BytesAttribute,
    decode_number,
    encode_number,
    wrong_length,
)

_CHANGE_IP = 0x04
_CHANGE_PORT = 0x02


@dataclass(frozen=True, slots=True)
class ChangeRequest(Attribute):
    """CHANGE-REQUEST: answer from elsewhere. RFC 5780 §7.2.

    Args:
        change_ip: from the server's other address.
        change_port: from the server's other port.
    """

    type = 0x0003

    _: KW_ONLY
    change_ip: bool = False
    change_port: bool = False

    def encode(self) -> bytes:
        """32 bits, of which two are used."""
        flags = (_CHANGE_IP if self.change_ip else 0) | (_CHANGE_PORT if self.change_port else 0)
        return encode_number(flags, 4)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """32 bits, of which two are used."""
        flags = decode_number(cls, value, 4)
        return cls(change_ip=bool(flags & _CHANGE_IP), change_port=bool(flags & _CHANGE_PORT))


@dataclass(frozen=True, slots=True)
class ResponseOrigin(AddressAttribute):
    """RESPONSE-ORIGIN: the address from which the response was sent. RFC 5780 §7.3."""

    type = 0x802B


@dataclass(frozen=True, slots=True)
class OtherAddress(AddressAttribute):
    """OTHER-ADDRESS: the server's other address and other port. RFC 5780 §7.4."""

    type = 0x802C


@dataclass(frozen=True, slots=True)
class ResponsePort(Attribute):
    """RESPONSE-PORT: answer to this port of the client. RFC 5780 §7.5.

    "a 16-bit unsigned integer in network byte order followed by 2 bytes of padding": some count the padding as value
    and some do not. Both lengths are read. Of servers, coturn reads both, stuntman 1.2.17 two bytes alone, and some four alone.

    Args:
        port: to answer to.
        counts_padding: whether the padding is written as part of the value.
    """

    type = 0x0027

    port: int
    _: KW_ONLY
    counts_padding: bool = field(default=True, compare=False)

    def encode(self) -> bytes:
        """The port, with or without two bytes of padding."""
        return encode_number(self.port, 2) + (b"\0\0" if self.counts_padding else b"")

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The port, with or without two bytes of padding."""
        if len(value) not in (2, 4):
            raise wrong_length(cls, value, 4)
        return cls(int.from_bytes(value[:2], "big"), counts_padding=len(value) == 4)


@dataclass(frozen=True, slots=True)
class Padding(BytesAttribute):
    """PADDING: makes the message so long that IP must fragment it. RFC 5780 §7.6."""

    type = 0x0026
