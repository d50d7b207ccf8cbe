"""An attribute of a type that this library does not know."""

from dataclasses import dataclass
from typing import Self

from stunwire.attributes.base import Attribute

_FIRST_OPTIONAL = 0x8000


@dataclass(frozen=True, slots=True)
class UnknownAttribute(Attribute):
    """Type and value as they came. Its `decode` is the registry's business, since the value does not say the type."""

    type: int
    value: bytes

    @property
    def is_required(self) -> bool:
        """Whether the receiver must understand it. RFC 8489 §14: 0x0000 to 0x7FFF."""
        return self.type < _FIRST_OPTIONAL

    def encode(self) -> bytes:
        """The value as it came."""
        return self.value

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Impossible: build it with its type instead."""
        raise NotImplementedError
