"""Serial numbers that wrap, as numbers that do not (RFC 1982, RFC 9260 §1.6)."""

_TSN_HALF = 1 << 31
_TSN_MASK = (1 << 32) - 1
_SSN_HALF = 1 << 15
_SSN_MASK = (1 << 16) - 1


def unwrap_tsn(tsn: int, near: int) -> int:
    """The number nearest to `near` that is `tsn` in its lowest 32 bits."""
    return near + ((tsn - near + _TSN_HALF) & _TSN_MASK) - _TSN_HALF


def unwrap_ssn(ssn: int, near: int) -> int:
    """The number nearest to `near` that is `ssn` in its lowest 16 bits."""
    return near + ((ssn - near + _SSN_HALF) & _SSN_MASK) - _SSN_HALF


def wrap_tsn(number: int) -> int:
    """A number as it stands on the wire."""
    return number & _TSN_MASK


def wrap_ssn(number: int) -> int:
    """A number as it stands on the wire."""
    return number & _SSN_MASK
