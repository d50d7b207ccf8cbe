"""What a packet carries, in a few words: STUN, TURN channels, DTLS, RTP, TLS, or plain text.

What a datagram is, is told by its first byte (RFC 7983 §7) and then looked at closely: what does not fit
is shown as text or bytes.
"""

import struct
from typing import Any, Final

import stunwire
from nat.packets import Address, Fragment, IcmpEcho, IcmpError, Packet, Protocol
from nat.segments import Flags, RawSegment, Segment
from stunwire import Kind

PREVIEW: Final = 24
"""Characters of a text, and bytes shown as such: a third of it."""

_CLASSES: Final = {
    stunwire.Class.REQUEST: "request",
    stunwire.Class.INDICATION: "indication",
    stunwire.Class.SUCCESS: "success",
    stunwire.Class.ERROR: "error",
}
_METHODS: Final = {
    stunwire.Method.CREATE_PERMISSION: "CreatePermission",
    stunwire.Method.CHANNEL_BIND: "ChannelBind",
    stunwire.Method.CONNECTION_BIND: "ConnectionBind",
    stunwire.Method.CONNECTION_ATTEMPT: "ConnectionAttempt",
}
_RECORDS: Final = {
    20: "ChangeCipherSpec",
    21: "alert",
    22: "handshake",
    23: "application data",
    24: "heartbeat",
    25: "CID",
    26: "ACK",
}
_HANDSHAKES: Final = {
    0: "HelloRequest",
    1: "ClientHello",
    2: "ServerHello",
    3: "HelloVerifyRequest",
    4: "NewSessionTicket",
    8: "EncryptedExtensions",
    11: "Certificate",
    12: "ServerKeyExchange",
    13: "CertificateRequest",
    14: "ServerHelloDone",
    15: "CertificateVerify",
    16: "ClientKeyExchange",
    20: "Finished",
}
_RTCP: Final = {
    200: "sender report",
    201: "receiver report",
    202: "source description",
    203: "goodbye",
    204: "application-defined",
    205: "transport feedback",
    206: "payload feedback",
    207: "extended report",
}
_FRAMES: Final = {0x81: "text", 0x82: "binary", 0x88: "close", 0x89: "ping", 0x8A: "pong"}
_DTLS_VERSIONS: Final = {0xFEFF: "1.0", 0xFEFD: "1.2", 0xFEFC: "1.3"}
_MOST_NESTED: Final = 4


def summary(packet: Packet) -> str:
    """What the packet carries, in a few words; it never fails, whatever that is."""
    payload = packet.payload
    if isinstance(payload, Fragment):
        end = payload.offset + payload.header + len(payload.data)
        last = "" if payload.more else ", the last"
        return f"fragment {payload.offset}–{end} of datagram {payload.identification:#x}{last}"
    if packet.protocol is Protocol.ICMP:
        return _icmp(packet)
    if packet.protocol is Protocol.TCP:
        return _tcp(payload)
    return datagram(bytes(payload))


def datagram(data: bytes, nested: int = 0) -> str:
    """What a UDP datagram is, in a few words."""
    return _known(data, nested) or (_plain(data) if data else "empty")


def _known(data: bytes, nested: int) -> str | None:
    if not data or nested >= _MOST_NESTED:
        return None
    match stunwire.classify(data[0]):
        case Kind.STUN:
            return _stun(data, nested)
        case Kind.DTLS:
            return _dtls(data)
        case Kind.CHANNEL:
            return _channel(data, nested)
        case Kind.RTP:
            return _rtp(data)
        case _:
            return None


def _plain(data: bytes) -> str:
    text = data[: PREVIEW + 1].decode("latin-1")
    if text.isascii() and text.isprintable():
        return f'"{text}"' if len(text) <= PREVIEW else f'"{text[:PREVIEW]}…"'
    shown = data[: PREVIEW // 3].hex(" ")
    return f"bytes {shown} …" if len(data) > PREVIEW // 3 else f"bytes {shown}"


def _stun(data: bytes, nested: int) -> str | None:
    try:
        message = stunwire.decode(data)
    except stunwire.DecodeError:
        return None
    try:
        method = stunwire.Method(message.method)
        name = _METHODS.get(method) or method.name.capitalize()
    except ValueError:
        name = f"method {message.method:#x}"
    words = [f"STUN {name} {_CLASSES[message.cls]}"]
    for attribute in message.attributes:
        words.extend(_attribute(attribute, nested))
    return " ".join(words)


def _attribute(attribute: stunwire.Attribute, nested: int) -> list[str]:
    """An attribute in a word, if it tells something about the way of packets."""
    match attribute:
        case stunwire.ErrorCode():
            return [f"{attribute.code} {attribute.reason}".rstrip()]
        case stunwire.UseCandidate():
            return ["USE-CANDIDATE"]
        case stunwire.XorMappedAddress() | stunwire.MappedAddress():
            return [f"mapped {Address(*attribute.address)}"]
        case stunwire.XorRelayedAddress():
            return [f"relayed {Address(*attribute.address)}"]
        case stunwire.XorPeerAddress():
            return [f"peer {Address(*attribute.address)}"]
        case stunwire.ChangeRequest():
            asked = [("address", attribute.change_ip), ("port", attribute.change_port)]
            words = [word for word, wanted in asked if wanted]
            return [f"change {' and '.join(words)}"] if words else []
        case stunwire.ChannelNumber():
            return [f"channel {attribute.number:#x}"]
        case stunwire.Lifetime():
            return [f"lifetime {attribute.seconds} s"]
        case stunwire.Data():
            return [f"[{datagram(attribute.value, nested + 1)}]"]
        case _:
            return []


def _channel(data: bytes, nested: int) -> str | None:
    if len(data) < 4:
        return None
    channel, length = struct.unpack_from("!HH", data)
    if not length <= len(data) - 4 <= length + 3:
        return None
    return f"ChannelData {channel:#x} [{datagram(data[4 : 4 + length], nested + 1)}]"


def _dtls(data: bytes) -> str | None:
    """The records of a datagram (RFC 6347 §4.1)."""
    found: list[str] = []
    at, version = 0, ""
    while at + 13 <= len(data) and len(found) < 8:
        kind, number, epoch = struct.unpack_from("!BHH", data, at)
        length = struct.unpack_from("!H", data, at + 11)[0]
        version = _DTLS_VERSIONS.get(number, "")
        if kind not in _RECORDS or not version:
            break
        name = _RECORDS[kind]
        if kind == 22:
            plain = epoch == 0 and at + 13 < len(data)
            name = _HANDSHAKES.get(data[at + 13], name) if plain else "Finished"
        if found[-1:] != [name]:
            found.append(name)
        at += 13 + length
    return f"DTLS {version} {', '.join(found)}" if found and version else None


def _rtp(data: bytes) -> str | None:
    """RTP or RTCP, told apart by the second byte (RFC 5761 §4)."""
    if len(data) < 8:
        return None
    if data[1] in _RTCP:
        return f"RTCP {_RTCP[data[1]]}"
    if len(data) < 12 or 192 <= data[1] < 224:
        return None
    marker = " marker" if data[1] & 0x80 else ""
    sequence, timestamp = struct.unpack_from("!HI", data, 2)
    return f"RTP type {data[1] & 0x7F} sequence {sequence} time {timestamp}{marker}"


def _tcp(segment: Any) -> str:
    if isinstance(segment, Segment):
        sequence, acknowledged, data = segment.sequence, segment.acknowledged, segment.data
    elif isinstance(segment, RawSegment) and len(segment.raw) >= 20:
        sequence, acknowledged = struct.unpack_from("!II", segment.raw, 4)
        data = segment.raw[(segment.raw[12] >> 4) * 4 :]
    else:
        return "TCP"
    flags = " ".join(flag.name or "" for flag in Flags if flag in segment.flags)
    carried = f" [{stream(data)}]" if data else ""
    return f"TCP {flags}{carried} sequence {sequence} acknowledged {acknowledged}"


def stream(data: bytes) -> str:
    """What the bytes of a stream begin with, in a few words."""
    if len(data) >= 6 and data[0] in _RECORDS and data[1] == 3:
        name = _HANDSHAKES.get(data[5], "handshake") if data[0] == 22 else _RECORDS[data[0]]
        return f"TLS {name}"
    frame = _websocket(data)
    if frame is not None:
        return frame
    found = _known(data, 0) if stunwire.classify(data[0]) in {Kind.STUN, Kind.CHANNEL} else None
    return found or _plain(data.split(b"\r\n", 1)[0] or data)


def _websocket(data: bytes) -> str | None:
    """A whole WebSocket frame and nothing else, as far as it shows (RFC 6455 §5.2)."""
    if len(data) < 2 or data[0] not in _FRAMES:
        return None
    head, length = 2, data[1] & 0x7F
    if length == 126 and len(data) >= 4:
        head, length = 4, int.from_bytes(data[2:4], "big")
    if len(data) != head + length + (4 if data[1] & 0x80 else 0):
        return None
    return f"WebSocket {_FRAMES[data[0]]}, {length} B"


def _icmp(packet: Packet) -> str:
    payload = packet.payload
    if isinstance(payload, IcmpEcho):
        word, address = (
            ("reply", packet.destination) if payload.reply else ("request", packet.source)
        )
        return f"ICMP echo {word} identifier {address[1]} sequence {payload.sequence}"
    if not isinstance(payload, IcmpError):
        return "ICMP"
    original = payload.original
    source, destination = Address(*original.source), Address(*original.destination)
    mtu = f" (MTU {payload.mtu})" if payload.mtu else ""
    return f"ICMP {payload.kind.value}{mtu} about {source} > {destination}"
