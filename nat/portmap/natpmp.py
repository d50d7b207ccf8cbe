"""NAT-PMP as a client speaks it (RFC 6886): requests as bytes, and bytes as answers; no sockets."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from nat.packets import Protocol
from nat.portmap.errors import MalformedError
from nat.portmapping.natpmp import PORT, VERSION, Result

__all__ = [
    "PORT",
    "Answer",
    "ExternalAddress",
    "Mapped",
    "OtherVersion",
    "Refused",
    "decode",
    "encode_external",
    "encode_mapping",
]

_ANSWER: Final = 128
_EXTERNAL: Final = 0
_OPCODES: Final = {Protocol.UDP: 1, Protocol.TCP: 2}
_PROTOCOLS: Final = {opcode: protocol for protocol, opcode in _OPCODES.items()}
_REQUEST: Final = struct.Struct("!BBHHHI")
_HEAD: Final = struct.Struct("!BBHI")
_MAPPED: Final = struct.Struct("!HHI")


@dataclass(frozen=True, slots=True)
class ExternalAddress:
    """The gateway's address outside (RFC 6886 §3.2)."""

    epoch: int
    host: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping that was made, renewed, or ended: then its lifetime is 0 (RFC 6886 §3.3, §3.4)."""

    epoch: int
    protocol: Protocol
    internal_port: int
    external_port: int
    lifetime: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that failed (RFC 6886 §3.5)."""

    epoch: int
    opcode: int
    code: int

    def answers(self, protocol: Protocol | None) -> bool:
        """Whether it is about a mapping of the protocol, or about the external address."""
        return self.opcode == (_EXTERNAL if protocol is None else _OPCODES[protocol])


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """The gateway speaks something else on this port, such as PCP alone."""

    version: int


Answer = ExternalAddress | Mapped | Refused | OtherVersion


def encode_external() -> bytes:
    """Ask for the external address (RFC 6886 §3.2)."""
    return bytes((VERSION, _EXTERNAL))


def encode_mapping(
    protocol: Protocol, internal_port: int, external_port: int, lifetime: int
) -> bytes:
    """Ask for a mapping, or with a lifetime of 0 for its end.

    RFC 6886 §3.4: who ends a mapping suggests no external port.
    """
    wanted = external_port if lifetime else 0
    return _REQUEST.pack(VERSION, _OPCODES[protocol], 0, internal_port, wanted, lifetime)


def decode(data: bytes) -> Answer:
    """Read what a gateway has sent.

    Raises:
        MalformedError: it is no answer of NAT-PMP.
    """
    if len(data) < _HEAD.size or data[1] < _ANSWER:
        raise MalformedError(f"expected an answer of NAT-PMP, got {len(data)} bytes")
    version, opcode, code, epoch = _HEAD.unpack_from(data)
    opcode -= _ANSWER
    if version != VERSION:
        return OtherVersion(version)
    if code == Result.UNSUPPORTED_VERSION:
        return OtherVersion(version)
    if code != Result.SUCCESS:
        return Refused(epoch, opcode, code)
    return _decode_success(data[_HEAD.size :], opcode, epoch)


def _decode_success(body: bytes, opcode: int, epoch: int) -> Answer:
    if opcode == _EXTERNAL and len(body) >= 4:
        return ExternalAddress(epoch, str(IPv4Address(body[:4])))
    protocol = _PROTOCOLS.get(opcode)
    if protocol is None or len(body) < _MAPPED.size:
        raise MalformedError(f"{len(body)} bytes are no answer to NAT-PMP's request {opcode}")
    return Mapped(epoch, protocol, *_MAPPED.unpack_from(body))
