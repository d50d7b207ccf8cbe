"""The numbers of the STUN registries: methods, classes, error codes, password algorithms."""

import enum


class Method(enum.IntEnum):
    """STUN methods. RFC 8489 §18.2, RFC 8656 §17, RFC 6062 §6.1."""

    BINDING = 0x001
    ALLOCATE = 0x003
    REFRESH = 0x004
    SEND = 0x006
    DATA = 0x007
    CREATE_PERMISSION = 0x008
    CHANNEL_BIND = 0x009
    CONNECT = 0x00A
    CONNECTION_BIND = 0x00B
    CONNECTION_ATTEMPT = 0x00C


class Class(enum.Enum):
    """The four message classes; the value is C1 C0 of the header. RFC 8489 §5."""

    REQUEST = 0
    INDICATION = 1
    SUCCESS = 2
    ERROR = 3

    def __init__(self, bits: int) -> None:
        self.type_bits = (bits & 2) << 7 | (bits & 1) << 4
        """The two bits where they stand in a message type."""


class ErrorCodes(enum.IntEnum):
    """Error codes of RFC 8489 §14.8, RFC 8656 §19, RFC 6062 §6.3, RFC 8445 §16.2 and RFC 8016 §3.4."""

    TRY_ALTERNATE = 300
    BAD_REQUEST = 400
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    MOBILITY_FORBIDDEN = 405
    UNKNOWN_ATTRIBUTE = 420
    ALLOCATION_MISMATCH = 437
    STALE_NONCE = 438
    ADDRESS_FAMILY_NOT_SUPPORTED = 440
    WRONG_CREDENTIALS = 441
    UNSUPPORTED_TRANSPORT_PROTOCOL = 442
    PEER_ADDRESS_FAMILY_MISMATCH = 443
    CONNECTION_ALREADY_EXISTS = 446
    CONNECTION_TIMEOUT_OR_FAILURE = 447
    ALLOCATION_QUOTA_REACHED = 486
    ROLE_CONFLICT = 487
    SERVER_ERROR = 500
    INSUFFICIENT_CAPACITY = 508

    @property
    def phrase(self) -> str:
        """The default reason phrase: the registered one, or a shorter one, since every byte amplifies."""
        return _SHORTER.get(self.value) or self.name.replace("_", " ").capitalize()


_SHORTER = {
    440: "Family not supported",
    442: "Unsupported transport",
    443: "Peer family mismatch",
    446: "Connection exists",
    447: "Connection failed",
    486: "Quota reached",
}


class PasswordHash(enum.IntEnum):
    """How a long-term password becomes a key: the password algorithms of RFC 8489 §18.5."""

    MD5 = 0x0001
    SHA256 = 0x0002


class Integrity(enum.Enum):
    """The two integrity attributes; the value is the attribute type. RFC 8489 §14.5, §14.6."""

    SHA1 = 0x0008
    SHA256 = 0x001C

    def __init__(self, attribute_type: int) -> None:
        # plain attributes: `value` goes through a descriptor, and these are read for every message
        self.attribute_type = attribute_type
        self.whole = 20 if attribute_type == 0x0008 else 32
        """Bytes of the whole HMAC."""
