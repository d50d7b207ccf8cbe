"""SCTP packets and chunks, to bytes and back (RFC 9260 §3, RFC 3758 §3.2, RFC 6525 §3.1)."""

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

from google_crc32c import value as crc32c

COMMON_HEADER = 12
DATA_HEADER = 16
#: The largest packet: with DTLS, TURN, UDP and IPv6 around it fits into 1,280 bytes, as libwebrtc's.
MAX_PACKET = 1188
MAX_FRAGMENT = MAX_PACKET - COMMON_HEADER - DATA_HEADER

DATA, INIT, INIT_ACK, SACK, HEARTBEAT, HEARTBEAT_ACK, ABORT, SHUTDOWN = 0, 1, 2, 3, 4, 5, 6, 7
SHUTDOWN_ACK, ERROR, COOKIE_ECHO, COOKIE_ACK, SHUTDOWN_COMPLETE = 8, 9, 10, 11, 14
RECONFIG, FORWARD_TSN = 130, 192

LAST, FIRST, UNORDERED = 1, 2, 4  # flags of DATA (RFC 9260 §3.3.1)

STATE_COOKIE = 7
OUTGOING_RESET, INCOMING_RESET, RESET_RESPONSE, ADD_STREAMS = 13, 14, 16, 17
SUPPORTED_EXTENSIONS, FORWARD_TSN_SUPPORTED = 0x8008, 0xC000

_SKIP = 0x80  # a chunk of an unknown type with this bit is passed over (RFC 9260 §3.2)
_PORTS_AND_TAG = struct.Struct("!HHL")
_CHECKSUM = struct.Struct("<L")  # CRC32c is the one field in this byte order (RFC 9260 appendix A)
_CHUNK = struct.Struct("!BBH")
_DATA = struct.Struct("!LHHL")
_DATA_CHUNK = struct.Struct("!BBHLHHL")
_INIT = struct.Struct("!LLHHL")
_SACK = struct.Struct("!LLHH")
_PAIR = struct.Struct("!HH")
_LONG = struct.Struct("!L")
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")
_NO_CHECKSUM = bytes(4)


class DecodeError(ValueError):
    """Bytes that are no SCTP packet; the message says where."""


class Data(NamedTuple):
    """A fragment of a message, or a whole one."""

    flags: int
    tsn: int
    stream: int
    ssn: int
    ppid: int
    data: bytes


class Parameter(NamedTuple):
    """A type and a value (RFC 9260 §3.2.1)."""

    kind: int
    value: bytes


class Init(NamedTuple):
    """INIT, and INIT ACK where `acknowledges`."""

    tag: int
    window: int
    outbound: int
    inbound: int
    tsn: int
    parameters: tuple[Parameter, ...]
    acknowledges: bool = False


class Sack(NamedTuple):
    """What has been received: everything up to `tsn`, and the blocks, relative to it."""

    tsn: int
    window: int
    gaps: tuple[tuple[int, int], ...]
    duplicates: int = 0


class ForwardTsn(NamedTuple):
    """Everything up to `tsn` is to be taken as received; `(stream, ssn)` were given up."""

    tsn: int
    streams: tuple[tuple[int, int], ...]


class Reconfig(NamedTuple):
    """Requests to reset streams, and the answers to them."""

    parameters: tuple[Parameter, ...]


class Other(NamedTuple):
    """Any chunk whose body is opaque."""

    kind: int
    flags: int
    body: bytes


Chunk = Data | Init | Sack | ForwardTsn | Reconfig | Other


class Packet(NamedTuple):
    """A verification tag and the chunks."""

    tag: int
    chunks: list[Chunk]


def decode(packet: bytes) -> Packet:
    """The chunks of a packet.

    Raises:
        DecodeError: It is none, or its checksum does not match.
    """
    size = len(packet)
    if size < COMMON_HEADER + 4:
        raise DecodeError(f"a packet has at least 16 bytes, this one {size}")
    tag: int = _PORTS_AND_TAG.unpack_from(packet)[2]
    if _CHECKSUM.unpack_from(packet, 8)[0] != _checksum(packet):
        raise DecodeError("the checksum does not match")
    chunks: list[Chunk] = []
    at = COMMON_HEADER
    while at + 4 <= size:
        kind, flags, length = _CHUNK.unpack_from(packet, at)
        if length < 4 or at + length > size:
            raise DecodeError(f"the chunk at byte {at} says it has {length} bytes")
        reader = _READERS.get(kind)
        if reader is not None:
            chunks.append(_read(reader, kind, flags, packet[at + 4 : at + length], at))
        elif not kind & _SKIP:
            break  # RFC 9260 §3.2: what follows is not to be processed
        at += length + (-length & 3)
    return Packet(tag, chunks)


def encode(source: int, destination: int, tag: int, chunks: Sequence[bytes]) -> bytes:
    """A packet of chunks that are encoded already."""
    head = _PORTS_AND_TAG.pack(source, destination, tag)
    body = b"".join(chunks)
    return head + _CHECKSUM.pack(crc32c(head + _NO_CHECKSUM + body)) + body


def encode_chunk(kind: int, body: bytes = b"", flags: int = 0) -> bytes:
    """Any chunk, padded."""
    return _CHUNK.pack(kind, flags, len(body) + 4) + body + _PADDING[len(body) & 3]


def encode_data(flags: int, tsn: int, stream: int, ssn: int, ppid: int, data: bytes) -> bytes:
    """A DATA chunk, padded."""
    size = len(data)
    head = _DATA_CHUNK.pack(DATA, flags, DATA_HEADER + size, tsn, stream, ssn, ppid)
    return head + data + _PADDING[size & 3]


def encode_sack(tsn: int, window: int, gaps: Sequence[tuple[int, int]]) -> bytes:
    """A SACK chunk."""
    body = _SACK.pack(tsn, window, len(gaps), 0)
    return encode_chunk(SACK, body + b"".join([_PAIR.pack(*gap) for gap in gaps]))


def encode_forward_tsn(tsn: int, streams: Sequence[tuple[int, int]]) -> bytes:
    """A FORWARD TSN chunk."""
    pairs = b"".join([_PAIR.pack(*pair) for pair in streams])
    return encode_chunk(FORWARD_TSN, _LONG.pack(tsn) + pairs)


def encode_init(init: Init) -> bytes:
    """An INIT or INIT ACK chunk."""
    body = _INIT.pack(init.tag, init.window, init.outbound, init.inbound, init.tsn)
    kind = INIT_ACK if init.acknowledges else INIT
    return encode_chunk(kind, body + encode_parameters(init.parameters))


def encode_parameters(parameters: Sequence[Parameter]) -> bytes:
    """Parameters, each but the last one padded."""
    encoded = b""
    for kind, value in parameters:
        encoded += _PADDING[len(encoded) & 3]
        encoded += _PAIR.pack(kind, len(value) + 4) + value
    return encoded


def decode_parameters(body: bytes) -> tuple[Parameter, ...]:
    """Parameters.

    Raises:
        DecodeError: One is longer than what is there.
    """
    parameters = []
    at = 0
    while at + 4 <= len(body):
        kind, length = _PAIR.unpack_from(body, at)
        if length < 4 or at + length > len(body):
            raise DecodeError(f"the parameter at byte {at} says it has {length} bytes")
        parameters.append(Parameter(kind, body[at + 4 : at + length]))
        at += length + (-length & 3)
    return tuple(parameters)


def _checksum(packet: bytes) -> int:
    return int(crc32c(packet[:8] + _NO_CHECKSUM + packet[12:]))


def _read(reader: "_Reader", kind: int, flags: int, body: bytes, at: int) -> Chunk:
    try:
        return reader(kind, flags, body)
    except struct.error as error:
        raise DecodeError(f"the chunk of type {kind} at byte {at} is too short") from error


def _read_data(_: int, flags: int, body: bytes) -> Data:
    tsn, stream, ssn, ppid = _DATA.unpack_from(body)
    if len(body) == _DATA.size:
        raise DecodeError("a DATA chunk without data (RFC 9260 §3.3.1)")
    return Data(flags, tsn, stream, ssn, ppid, body[12:])


def _read_init(kind: int, _: int, body: bytes) -> Init:
    tag, window, outbound, inbound, tsn = _INIT.unpack_from(body)
    parameters = decode_parameters(body[16:])
    return Init(tag, window, outbound, inbound, tsn, parameters, kind == INIT_ACK)


def _read_sack(_: int, __: int, body: bytes) -> Sack:
    tsn, window, gaps, duplicates = _SACK.unpack_from(body)
    blocks = tuple([_PAIR.unpack_from(body, 12 + 4 * i) for i in range(gaps)])
    return Sack(tsn, window, blocks, duplicates)


def _read_forward_tsn(_: int, __: int, body: bytes) -> ForwardTsn:
    pairs = range(4, len(body) - 3, 4)
    streams = tuple([_PAIR.unpack_from(body, at) for at in pairs])
    return ForwardTsn(_LONG.unpack_from(body)[0], streams)


def _read_reconfig(_: int, __: int, body: bytes) -> Reconfig:
    return Reconfig(decode_parameters(body))


_Reader = Callable[[int, int, bytes], Chunk]
_READERS: dict[int, _Reader] = dict.fromkeys(
    (
        HEARTBEAT,
        HEARTBEAT_ACK,
        ABORT,
        SHUTDOWN,
        SHUTDOWN_ACK,
        ERROR,
        COOKIE_ECHO,
        COOKIE_ACK,
        SHUTDOWN_COMPLETE,
    ),
    Other,
)
_READERS |= {
    DATA: _read_data,
    INIT: _read_init,
    INIT_ACK: _read_init,
    SACK: _read_sack,
    FORWARD_TSN: _read_forward_tsn,
    RECONFIG: _read_reconfig,
}
