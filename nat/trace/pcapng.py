"""A trace as a capture file that Wireshark opens (draft-ietf-opsawg-pcapng).

Each place has an interface of its own, so that `frame.interface_name == "home-a"` shows one, and a packet is
in the file once for each place it came to, in the form it had when it left: real IP, UDP, TCP and ICMP
headers, whose identification is the number of the packet. Drops are marked as a classifier of the kernel
marks them (`frame.verdict.ebpf_tc == 2`, TC_ACT_SHOT) and say why in a comment; so do translations.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from nat.checksums import packed
from nat.packets import Packet
from nat.trace.events import NANOSECONDS, TraceEvent, Verdict
from nat.trace.places import Places
from nat.wireformat import encode

EPOCH: Final = 1_735_689_600
"""The Unix time at which simulated worlds begin: 2025-01-01 00:00 UTC."""

_SECTION: Final = 0x0A0D0D0A
_BYTE_ORDER: Final = 0x1A2B3C4D
_INTERFACE: Final = 1
_NAMES: Final = 4
_PACKET: Final = 6
_RAW_IP: Final = 101  # LINKTYPE_RAW: begins with the IP header

_COMMENT: Final = 1
_APPLICATION: Final = 4
_NAME, _DESCRIPTION, _RESOLUTION = 2, 3, 9
_FLAGS, _PACKET_ID, _VERDICT = 2, 5, 7
_INBOUND, _OUTBOUND = 1, 2
_TC_ACT_SHOT: Final = b"\x01" + struct.pack("<Q", 2)
_NANOSECONDS: Final = b"\x09"


def capture(events: Iterable[TraceEvent], places: Places, epoch: int = EPOCH) -> bytes:
    """The whole file.

    Args:
        epoch: Unix time in seconds at which the world began.
    """
    events = list(events)
    names = dict.fromkeys(place.name for place in places)
    names.update(dict.fromkeys(event.where for event in events))
    numbers = {name: number for number, name in enumerate(names)}
    blocks = [_block(_SECTION, struct.pack("<IHHq", _BYTE_ORDER, 1, 0, -1), _head_options())]
    blocks += [_interface(name, places) for name in names]
    blocks.append(_block(_NAMES, b"".join(_name_records(places)) + bytes(4)))
    blocks += [_packet(event, numbers[event.where], epoch) for event in events]
    return b"".join(blocks)


def _head_options() -> bytes:
    return _options((_APPLICATION, b"hairpin"))


def _interface(name: str, places: Places) -> bytes:
    place = places.get(name)
    about = "link or network"
    if place is not None:
        about = f"{place.kind.value} {' '.join(place.addresses)}".strip()
        if place.behind is not None:
            about += f", behind {place.behind}"
    options = _options(
        (_NAME, name.encode()), (_DESCRIPTION, about.encode()), (_RESOLUTION, _NANOSECONDS)
    )
    return _block(_INTERFACE, struct.pack("<HHI", _RAW_IP, 0, 0), options)


def _name_records(places: Places) -> Iterator[bytes]:
    """Names for addresses that one place alone has, and which a host's name tells more than."""
    owners: dict[str, list[str]] = {}
    for place in places:
        for address in place.addresses:
            owners.setdefault(address, []).append(place.name)
    for address, names in owners.items():
        if len(names) == 1:
            kind = 2 if ":" in address else 1
            value = packed(address) + names[0].encode() + b"\0"
            yield struct.pack("<HH", kind, len(value)) + _padded(value)


def _packet(event: TraceEvent, interface: int, epoch: int) -> bytes:
    data, comments = _bytes_of(event.carried, event.packet & 0xFFFF)
    comments += _comments(event)
    time = epoch * NANOSECONDS + event.time_ns
    head = struct.pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
    direction = _OUTBOUND if event.verdict in {Verdict.SENT, Verdict.TRANSLATED} else _INBOUND
    options = [(_COMMENT, comment.encode()) for comment in comments]
    options.append((_FLAGS, struct.pack("<I", direction)))
    options.append((_PACKET_ID, struct.pack("<Q", event.packet)))
    if event.verdict is Verdict.DROPPED:
        options.append((_VERDICT, _TC_ACT_SHOT))
    return _block(_PACKET, head + _padded(data), _options(*options))


def _bytes_of(packet: Packet, identification: int) -> tuple[bytes, list[str]]:
    try:
        return encode(packet, identification=identification), []
    except ValueError as error:  # larger than any real packet, which only a simulated one can be
        return b"", [f"cannot be shown: {error}"]


def _comments(event: TraceEvent) -> list[str]:
    if event.reason is not None:
        return [f"dropped by {event.where}: {event.reason.value}: {event.detail}"]
    if event.verdict is Verdict.TRANSLATED:
        return [f"{event.what} by {event.where}: {event.addresses}"]
    return []


def _options(*options: tuple[int, bytes]) -> bytes:
    parts = [
        struct.pack("<HH", code, len(value[:0xFFFF])) + _padded(value[:0xFFFF])
        for code, value in options
    ]
    return b"".join(parts) + bytes(4)


def _block(kind: int, body: bytes, options: bytes = b"") -> bytes:
    length = 12 + len(body) + len(options)
    return struct.pack("<II", kind, length) + body + options + struct.pack("<I", length)


def _padded(value: bytes) -> bytes:
    return value + bytes(-len(value) % 4)
