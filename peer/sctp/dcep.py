"""The Data Channel Establishment Protocol (RFC 8832 §5), and what a message is on the wire.

Lengths are counted in bytes of UTF-8. aiortc counts characters; its openings are understood.
"""

import struct
from dataclasses import dataclass

from peer.sctp.chunks import DecodeError

DCEP, STRING, BINARY, STRING_EMPTY, BINARY_EMPTY = 50, 51, 53, 56, 57  # PPIDs (RFC 8831 §8)
_ACK, _OPEN = 2, 3
_HEAD = struct.Struct("!BBHLHH")
_UNORDERED, _REXMIT, _TIMED = 0x80, 1, 2
_MAX_TEXT = 65535
_MAX_NUMBER = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Opening:
    """DATA_CHANNEL_OPEN.

    Attributes:
        label: The channel's name.
        protocol: The name of what is spoken on it.
        ordered: Whether messages are delivered in order.
        max_retransmits: How often a message is sent again.
        max_lifetime: Milliseconds within which a message is sent.
    """

    label: str
    protocol: str = ""
    ordered: bool = True
    max_retransmits: int | None = None
    max_lifetime: int | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """DATA_CHANNEL_ACK."""


def encode_open(opening: Opening) -> bytes:
    """An opening as it stands on the wire.

    Raises:
        ValueError: A text or a number does not fit.
    """
    kind = 0 if opening.ordered else _UNORDERED
    number = 0
    if opening.max_retransmits is not None:
        kind |= _REXMIT
        number = opening.max_retransmits
    elif opening.max_lifetime is not None:
        kind |= _TIMED
        number = opening.max_lifetime
    if not 0 <= number <= _MAX_NUMBER:
        raise ValueError(f"maxRetransmits and maxPacketLifeTime are 0 to 2^32 - 1, not {number}")
    label = _encode_text("label", opening.label)
    protocol = _encode_text("protocol", opening.protocol)
    return _HEAD.pack(_OPEN, kind, 0, number, len(label), len(protocol)) + label + protocol


def encode_acknowledgement() -> bytes:
    """DATA_CHANNEL_ACK as it stands on the wire."""
    return bytes((_ACK,))


def decode(data: bytes) -> Opening | Acknowledgement:
    """What a DCEP message says.

    Raises:
        DecodeError: It says nothing; the message says why.
    """
    if data[:1] == bytes((_ACK,)):
        return Acknowledgement()
    if data[:1] != bytes((_OPEN,)):
        raise DecodeError(f"a DCEP message of type {data[:1].hex() or 'none'} (RFC 8832 §8.2.1)")
    if len(data) < _HEAD.size:
        raise DecodeError(f"a DATA_CHANNEL_OPEN has at least 12 bytes, this one {len(data)}")
    _, kind, _, number, label_size, protocol_size = _HEAD.unpack_from(data)
    label, protocol = _decode_texts(data[_HEAD.size :], label_size, protocol_size)
    reliability = kind & ~_UNORDERED
    if reliability not in {0, _REXMIT, _TIMED}:
        raise DecodeError(f"a channel of type {kind:#04x} (RFC 8832 §8.2.2)")
    return Opening(
        label,
        protocol,
        ordered=not kind & _UNORDERED,
        max_retransmits=number if reliability == _REXMIT else None,
        max_lifetime=number if reliability == _TIMED else None,
    )


def encode_message(message: object) -> tuple[int, bytes]:
    """The PPID and the bytes of a message; an empty one is a byte that is ignored (RFC 8831 §6.6).

    Raises:
        ValueError: It is neither text nor bytes, or text that has no UTF-8.
    """
    if isinstance(message, str):
        try:
            data = message.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"a message that has no UTF-8: {error}") from error
        return (STRING, data) if data else (STRING_EMPTY, b"\0")
    if isinstance(message, bytes | bytearray | memoryview):
        data = bytes(message)  # a copy: what the caller does to its buffer later is its own affair
        return (BINARY, data) if data else (BINARY_EMPTY, b"\0")
    raise ValueError(
        f"a message is str, bytes, bytearray or memoryview, not {type(message).__name__}"
    )


def decode_message(ppid: int, data: bytes) -> str | bytes:
    """The message that has come.

    Raises:
        DecodeError: It is text and no UTF-8, or of an unknown kind.
    """
    if ppid == BINARY:
        return data
    if ppid == STRING:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise DecodeError(f"a text of {len(data)} bytes is not UTF-8: {error}") from error
    if ppid == STRING_EMPTY:
        return ""
    if ppid == BINARY_EMPTY:
        return b""
    raise DecodeError(f"a message of the unknown kind {ppid} (RFC 8831 §8)")


def _encode_text(name: str, text: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"the {name} has no UTF-8: {error}") from error
    if len(data) > _MAX_TEXT:
        raise ValueError(f"the {name} has {len(data)} bytes of UTF-8, of {_MAX_TEXT} allowed")
    return data


def _decode_texts(data: bytes, label_size: int, protocol_size: int) -> tuple[str, str]:
    """Label and protocol, whose sizes are bytes, or characters if that is what fits."""
    try:
        if label_size + protocol_size == len(data):
            return data[:label_size].decode(), data[label_size:].decode()
        text = data.decode()
    except UnicodeDecodeError as error:
        raise DecodeError(f"a label or protocol that is not UTF-8: {error}") from error
    if label_size + protocol_size != len(text):
        raise DecodeError(
            f"label and protocol of {label_size} and {protocol_size} bytes in {len(data)}"
        )
    return text[:label_size], text[label_size:]
