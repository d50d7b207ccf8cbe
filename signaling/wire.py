"""Frames and messages: any frame is decoded into messages or refused, nothing else.

A frame holds one message, or an array of messages. Which of both came is seen from its first
character, so that an error names the message's own fields.
"""

import sys
from dataclasses import dataclass
from enum import Enum
from typing import Final

import msgspec
from msgspec import DecodeError, ValidationError

from signaling.codes import ErrorCode
from signaling.messages import ClientMessage, Metadata, Number, RequestId, ServerMessage

_WHITE_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A frame or message that is not obeyed, and why; `id` and `seq` are its own, if readable."""

    code: ErrorCode
    reason: str
    id: int | None = None
    seq: int | None = None


class Skipped(Enum):
    """A message of a type this version does not know, which a client passes over."""

    UNKNOWN_TYPE = "unknown type"


class _Envelope(msgspec.Struct):
    id: RequestId | None = None


class _Numbered(msgspec.Struct):
    seq: Number | None = None


class _Tagged(msgspec.Struct):
    t: str


_encoder: Final = msgspec.json.Encoder()
_one_from_client: Final = msgspec.json.Decoder(ClientMessage)
_many_from_client: Final = msgspec.json.Decoder(tuple[ClientMessage, ...])
_one_from_server: Final[msgspec.json.Decoder[ServerMessage]] = msgspec.json.Decoder(ServerMessage)
_parts: Final = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_envelope: Final = msgspec.json.Decoder(_Envelope)
_numbered: Final = msgspec.json.Decoder(_Numbered)
_tagged: Final = msgspec.json.Decoder(_Tagged)

SERVER_TYPES: Final = frozenset(str(kind.__struct_config__.tag) for kind in ServerMessage.__args__)


def encode(message: ClientMessage | ServerMessage) -> bytes:
    """Write a message as the JSON text of one frame."""
    return _encoder.encode(message)


def decode_from_client(frame: str | bytes) -> tuple[ClientMessage, ...] | Refusal:
    """Read a frame that a client sent; binary frames are refused.

    Args:
        frame: `str` for a text frame, `bytes` for a binary one.
    """
    if isinstance(frame, bytes):
        return Refusal(ErrorCode.BAD_MESSAGE, "a binary frame came, expected JSON in a text frame")
    try:
        if _is_array(frame):
            return _many_from_client.decode(frame)
        return (_one_from_client.decode(frame),)
    except ValidationError as error:
        return Refusal(ErrorCode.BAD_MESSAGE, _short(error), _request_id(frame), _number(frame))
    except (DecodeError, UnicodeError) as error:
        return Refusal(ErrorCode.BAD_MESSAGE, _short(error))
    except RecursionError:
        return Refusal(ErrorCode.BAD_MESSAGE, "the JSON is nested too deeply")


def decode_from_server(
    frame: str | bytes,
) -> list[ServerMessage | Refusal | Skipped]:
    """Read a frame that a server sent, message by message: a bad one does not spoil the others."""
    if isinstance(frame, bytes):
        return [Refusal(ErrorCode.BAD_MESSAGE, "a binary frame came, expected text")]
    if not _is_array(frame):
        return [_decode_one_from_server(frame)]
    try:
        parts = _parts.decode(frame)
    except (DecodeError, UnicodeError, RecursionError) as error:
        return [Refusal(ErrorCode.BAD_MESSAGE, _short(error))]
    return [_decode_one_from_server(part) for part in parts]


def size_of(frame: str | bytes) -> int:
    """Count the bytes of a frame's payload."""
    if isinstance(frame, bytes) or frame.isascii():
        return len(frame)
    return len(frame.encode(errors="surrogatepass"))


def size_of_metadata(meta: Metadata) -> int:
    """Count the bytes that metadata takes as JSON."""
    try:
        return len(_encoder.encode(meta))
    except RecursionError:
        return sys.maxsize


def _decode_one_from_server(text: str | msgspec.Raw) -> ServerMessage | Refusal | Skipped:
    try:
        return _one_from_server.decode(text)
    except ValidationError as error:
        if _is_unknown_type(text):
            return Skipped.UNKNOWN_TYPE
        return Refusal(ErrorCode.BAD_MESSAGE, _short(error))
    except (DecodeError, UnicodeError, RecursionError) as error:
        return Refusal(ErrorCode.BAD_MESSAGE, _short(error))


def _short(error: Exception) -> str:
    """Say what was wrong without repeating all that came; the field's name is at the end."""
    text = str(error)
    return text if len(text) <= 200 else f"{text[:120]}…{text[-60:]}"


def _is_array(frame: str) -> bool:
    return not frame.startswith("{") and frame.lstrip(_WHITE_SPACE).startswith("[")


def _is_unknown_type(text: str | msgspec.Raw) -> bool:
    try:
        return _tagged.decode(text).t not in SERVER_TYPES
    except (DecodeError, RecursionError):
        return False


def _request_id(frame: str) -> int | None:
    try:
        return _envelope.decode(frame).id
    except (DecodeError, RecursionError):
        return None


def _number(frame: str) -> int | None:
    try:
        return _numbered.decode(frame).seq
    except (DecodeError, RecursionError):
        return None
