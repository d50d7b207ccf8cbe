"""Frames of a websocket as the server writes them, and messages from the frames that it reads (RFC 6455 §5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from signaling.codes import CloseCode

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

_FINAL_TEXT: Final = 0x80 | TEXT
_SMALL: Final = tuple(bytes((_FINAL_TEXT, length)) for length in range(126))
_ALLOWED_CLOSE_CODES: Final = frozenset((*range(1000, 1004), *range(1007, 1015)))


@dataclass(frozen=True, slots=True)
class Violation:
    """What the other side sent is no websocket message; the connection fails with this code."""

    code: CloseCode
    reason: str


def text_frame(payload: bytes) -> bytes:
    """Write one message as an unfragmented text frame."""
    return header(len(payload)) + payload


def text_frames(payloads: Sequence[bytes]) -> bytes:
    """Write messages one after the other, to be sent with one call."""
    parts: list[bytes] = []
    for payload in payloads:
        parts.append(header(len(payload)))
        parts.append(payload)
    return b"".join(parts)


def header(length: int) -> bytes:
    """Write the header of an unmasked final text frame (RFC 6455 §5.2)."""
    if length < 126:
        return _SMALL[length]
    if length < 65536:
        return bytes((_FINAL_TEXT, 126)) + length.to_bytes(2, "big")
    return bytes((_FINAL_TEXT, 127)) + length.to_bytes(8, "big")


def close_code(payload: bytes) -> int | Violation:
    """Read the code of a close frame; 1005 where it has none (RFC 6455 §7.1.5)."""
    if not payload:
        return CloseCode.NO_STATUS
    if len(payload) == 1:
        return Violation(CloseCode.PROTOCOL_ERROR, "a close frame with half a code")
    code = int.from_bytes(payload[:2], "big")
    if code not in _ALLOWED_CLOSE_CODES and not 3000 <= code < 5000:
        return Violation(CloseCode.PROTOCOL_ERROR, f"a close frame with code {code}")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        return Violation(CloseCode.INVALID_DATA, "a close frame whose reason is not UTF-8")
    return code


class Fragments:
    """Puts messages together that come in several frames (RFC 6455 §5.4).

    Args:
        most: Bytes of a message at most.
    """

    __slots__ = ("_most", "_parts", "_size", "_text")

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: list[bytes] | None = None
        self._size = 0
        self._text = False

    @property
    def open(self) -> bool:
        """Whether a message has begun and not ended."""
        return self._parts is not None

    def add(self, opcode: int, payload: bytes, *, final: bool) -> str | bytes | Violation | None:
        """Take a data frame; give the message, if it ends here: `str` if it is text."""
        if opcode == CONTINUATION:
            if self._parts is None:
                return Violation(CloseCode.PROTOCOL_ERROR, "nothing to continue")
        elif self._parts is not None:
            return Violation(CloseCode.PROTOCOL_ERROR, "a new message inside another")
        else:
            self._parts, self._size, self._text = [], 0, opcode == TEXT
        self._size += len(payload)
        if self._size > self._most:
            return Violation(CloseCode.MESSAGE_TOO_BIG, f"above {self._most} bytes")
        # Empty frames are no reason to keep anything.
        if payload:
            self._parts.append(payload)
        if not final:
            return None
        whole, self._parts = b"".join(self._parts), None
        return read_text(whole) if self._text else whole


def read_text(payload: bytes) -> str | Violation:
    """Read the payload of a whole text message (RFC 6455 §8.1)."""
    try:
        return str(payload, "utf-8")
    except UnicodeDecodeError as error:
        return Violation(CloseCode.INVALID_DATA, f"no UTF-8 at byte {error.start}")
