"""The attributes of connectivity checks: RFC 8445 §7.1, §16.1."""

from dataclasses import dataclass
from typing import Self

from stunwire.attributes.base import Attribute, FlagAttribute, decode_number, encode_number


@dataclass(frozen=True, slots=True)
class Priority(Attribute):
    """PRIORITY: that of a peer-reflexive candidate, should the check find one. RFC 8445 §7.1.1."""

    type = 0x0024

    priority: int

    def encode(self) -> bytes:
        """The priority."""
        return encode_number(self.priority, 4)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The priority."""
        return cls(decode_number(cls, value, 4))


@dataclass(frozen=True, slots=True)
class UseCandidate(FlagAttribute):
    """USE-CANDIDATE: the controlling side nominates this pair. RFC 8445 §7.1.2."""

    type = 0x0025


@dataclass(frozen=True, slots=True)
class _RoleAttribute(Attribute):
    """A role and the random number that settles a conflict of roles."""

    tie_breaker: int

    def encode(self) -> bytes:
        """The tie-breaker in 64 bits."""
        return encode_number(self.tie_breaker, 8)

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """The tie-breaker in 64 bits."""
        return cls(decode_number(cls, value, 8))


@dataclass(frozen=True, slots=True)
class IceControlled(_RoleAttribute):
    """ICE-CONTROLLED: the sender is controlled. RFC 8445 §7.1.3."""

    type = 0x8029


@dataclass(frozen=True, slots=True)
class IceControlling(_RoleAttribute):
    """ICE-CONTROLLING: the sender controls. RFC 8445 §7.1.3."""

    type = 0x802A
