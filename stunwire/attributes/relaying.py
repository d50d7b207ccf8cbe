"""The attributes of TURN: RFC 8656 §18, RFC 6062 §6.2, RFC 8016 §3.3."""

import struct
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Self

from stunwire.address import Family
from stunwire.attributes.base import (
    Attribute,
    BytesAttribute,
    FlagAttribute,
    XorAddressAttribute,
    decode_number,
    decode_text,
    encode_number,
    encode_text,
    wrong_length,
)
from stunwire.attributes.session import decode_code, encode_code

_LONGEST_REASON_SENT = 509
_LONGEST_REASON_READ = 763
_FAMILIES: dict[int, int] = {family.value: family for family in Family}
_ICMP = struct.Struct("!HHI")
_ICMP_CODE_BITS = 9


@dataclass(frozen=True, slots=True)
class ChannelNumber(Attribute):
    """CHANNEL-NUMBER: the channel to bind. RFC 8656 §18.1.

    Whether the number lies in 0x4000..0x4FFF is for the server to say, because it answers 400 otherwise.
    """

    type = 0x000C

    number: int

    def encode(self) -> bytes:
        """The number and two reserved bytes."""
        return encode_number(self.number, 2) + b"\0\0"

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The number and two reserved bytes."""
        return cls(decode_number(cls, value, 4) >> 16)


@dataclass(frozen=True, slots=True)
class Lifetime(Attribute):
    """LIFETIME: seconds for which an allocation stays without a refresh. RFC 8656 §18.2."""

    type = 0x000D

    seconds: int

    def encode(self) -> bytes:
        """The seconds."""
        return encode_number(self.seconds, 4)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The seconds."""
        return cls(decode_number(cls, value, 4))


@dataclass(frozen=True, slots=True)
class XorPeerAddress(XorAddressAttribute):
    """XOR-PEER-ADDRESS: the peer as the server sees it. RFC 8656 §18.3."""

    type = 0x0012


@dataclass(frozen=True, slots=True)
class Data(BytesAttribute):
    """DATA: the payload of a Send or Data indication. RFC 8656 §18.4."""

    type = 0x0013


@dataclass(frozen=True, slots=True)
class XorRelayedAddress(XorAddressAttribute):
    """XOR-RELAYED-ADDRESS: the address that the server allocated. RFC 8656 §18.5."""

    type = 0x0016


@dataclass(frozen=True, slots=True)
class _FamilyAttribute(Attribute):
    """An address family and three reserved bytes; a family nobody knows is for the server to refuse with 440."""

    family: int

    def encode(self) -> bytes:
        """The family and three reserved bytes."""
        return encode_number(self.family, 1) + b"\0\0\0"

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The family and three reserved bytes."""
        number = decode_number(cls, value, 4) >> 24
        return cls(_FAMILIES.get(number, number))


@dataclass(frozen=True, slots=True)
class RequestedAddressFamily(_FamilyAttribute):
    """REQUESTED-ADDRESS-FAMILY: the family of the allocation. RFC 8656 §18.6."""

    type = 0x0017


@dataclass(frozen=True, slots=True)
class EvenPort(Attribute):
    """EVEN-PORT: the relayed port shall be even. RFC 8656 §18.7.

    Args:
        reserve_next: the R bit: the server shall keep the next higher port for a RESERVATION-TOKEN.
    """

    type = 0x0018

    _: KW_ONLY
    reserve_next: bool = False

    def encode(self) -> bytes:
        """One byte, whose first bit is R."""
        return b"\x80" if self.reserve_next else b"\0"

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """One byte, whose first bit is R; the other bits are ignored."""
        return cls(reserve_next=decode_number(cls, value, 1) >> 7 == 1)


@dataclass(frozen=True, slots=True)
class RequestedTransport(Attribute):
    """REQUESTED-TRANSPORT: the IP protocol between server and peer, 17 for UDP and 6 for TCP. RFC 8656 §18.8."""

    type = 0x0019
    udp: ClassVar[int] = 17
    tcp: ClassVar[int] = 6

    protocol: int

    def encode(self) -> bytes:
        """The protocol and three reserved bytes."""
        return encode_number(self.protocol, 1) + b"\0\0\0"

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The protocol and three reserved bytes."""
        return cls(decode_number(cls, value, 4) >> 24)


@dataclass(frozen=True, slots=True)
class DontFragment(FlagAttribute):
    """DONT-FRAGMENT: set the DF bit towards the peer. RFC 8656 §18.9."""

    type = 0x001A


@dataclass(frozen=True, slots=True)
class ReservationToken(BytesAttribute):
    """RESERVATION-TOKEN: names a port that the server has kept. RFC 8656 §18.10."""

    type = 0x0022
    length: ClassVar[int | None] = 8


@dataclass(frozen=True, slots=True)
class AdditionalAddressFamily(_FamilyAttribute):
    """ADDITIONAL-ADDRESS-FAMILY: one allocation for IPv4 and IPv6. RFC 8656 §18.11."""

    type = 0x8000


@dataclass(frozen=True, slots=True)
class AddressErrorCode(Attribute):
    """ADDRESS-ERROR-CODE: which half of a dual allocation failed, and why. RFC 8656 §18.12."""

    type = 0x8001

    family: int
    code: int
    reason: str = ""

    def encode(self) -> bytes:
        """Family, reserved, class, number, reason."""
        reason = encode_text(self.reason, _LONGEST_REASON_SENT)
        return encode_number(self.family, 1) + b"\0" + encode_code(self.code) + reason

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Family, reserved, class, number, reason."""
        code = decode_code(value)
        family = _FAMILIES.get(value[0], value[0])
        return cls(family, code, decode_text(value[4:], _LONGEST_REASON_READ))


@dataclass(frozen=True, slots=True)
class Icmp(Attribute):
    """ICMP: what a router or the peer's host said about a packet that we sent. RFC 8656 §18.13.

    Args:
        icmp_type: type of the ICMP or ICMPv6 message, 7 bits: errors only.
        icmp_code: its code, 9 bits.
        data: the next hop's MTU in bytes for "packet too big" and "fragmentation needed", otherwise 0.
    """

    type = 0x8004

    icmp_type: int
    icmp_code: int
    data: int = 0

    def encode(self) -> bytes:
        """Reserved, type in 7 bits, code in 9, data."""
        if self.icmp_type not in range(128) or self.icmp_code not in range(512):
            raise ValueError(
                f"type {self.icmp_type} code {self.icmp_code} do not fit into 7 and 9 bits"
            )
        packed = self.icmp_type << _ICMP_CODE_BITS | self.icmp_code
        return encode_number(packed, 4) + encode_number(self.data, 4)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Reserved, type in 7 bits, code in 9, data."""
        if len(value) != _ICMP.size:
            raise wrong_length(cls, value, _ICMP.size)
        _, packed, data = _ICMP.unpack(value)
        return cls(packed >> _ICMP_CODE_BITS, packed & 0x1FF, data)


@dataclass(frozen=True, slots=True)
class ConnectionId(Attribute):
    """CONNECTION-ID: names a connection between server and peer. RFC 6062 §6.2.1."""

    type = 0x002A

    number: int

    def encode(self) -> bytes:
        """The number."""
        return encode_number(self.number, 4)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The number."""
        return cls(decode_number(cls, value, 4))


@dataclass(frozen=True, slots=True)
class MobilityTicket(BytesAttribute):
    """MOBILITY-TICKET: lets an allocation follow its client to a new address; empty to ask for one. RFC 8016 §3.3."""

    type = 0x8030
