"""NAT-PMP as a NAT answers it (RFC 6886): bytes of a request in, bytes of the answer out."""

import enum
import struct
from ipaddress import IPv4Address
from typing import Final

from nat.packets import Address, Drop, Protocol
from nat.portmapping.mapper import PortMapper, find, granted, map_wished

PORT: Final = 5351
VERSION: Final = 0

_ANSWER: Final = 128
_PROTOCOLS: Final = {1: Protocol.UDP, 2: Protocol.TCP}
_HEAD: Final = struct.Struct("!BBHI")
_REQUEST: Final = struct.Struct("!BBHHHI")
_MAPPED: Final = struct.Struct("!HHI")


class Result(enum.IntEnum):
    """Result codes of RFC 6886 §3.5."""

    SUCCESS = 0
    UNSUPPORTED_VERSION = 1
    NOT_AUTHORIZED = 2
    NETWORK_FAILURE = 3
    OUT_OF_RESOURCES = 4
    UNSUPPORTED_OPCODE = 5


class NatPmp:
    """The server of one NAT.

    Args:
        mapper: the NAT.
        started: when its table of mappings began to be, in seconds; the epoch counts from there
            (RFC 6886 §3.6). A NAT that was rebooted gets a new server.
    """

    def __init__(self, mapper: PortMapper, started: float) -> None:
        self._mapper = mapper
        self._started = started

    def receive(self, data: bytes, source: Address, now: float) -> bytes | None:
        """Answer a request of a host inside; None for what is none."""
        if len(data) < 2 or data[1] >= _ANSWER:
            return None
        version, opcode = data[0], data[1]
        if version != VERSION:
            return self._head(opcode, Result.UNSUPPORTED_VERSION, now)
        if opcode == 0:
            return self.announcement(now)
        protocol = _PROTOCOLS.get(opcode)
        if protocol is None or len(data) != _REQUEST.size:
            return self._head(opcode, Result.UNSUPPORTED_OPCODE, now)
        _, _, _, internal_port, external_port, lifetime = _REQUEST.unpack(data)
        if lifetime == 0:
            return self._unmap(protocol, opcode, Address(source.host, internal_port), now)
        return self._map(
            protocol, opcode, Address(source.host, internal_port), external_port, lifetime, now
        )

    def announcement(self, now: float) -> bytes:
        """The external address: the answer to who asks, and the news for all (RFC 6886 §3.2)."""
        address = IPv4Address(self._mapper.external[0]).packed
        return self._head(0, Result.SUCCESS, now) + address

    def _map(
        self,
        protocol: Protocol,
        opcode: int,
        internal: Address,
        wanted: int,
        lifetime: int,
        now: float,
    ) -> bytes:
        """RFC 6886 §3.3: the wanted port if it can be had, otherwise another."""
        if internal.port == 0:
            return self._head(opcode, Result.NOT_AUTHORIZED, now) + _MAPPED.pack(0, wanted, 0)
        time = granted(lifetime)
        got = map_wished(self._mapper, protocol, internal, wanted, time, now)
        if isinstance(got, Drop):
            refused = self._head(opcode, Result.OUT_OF_RESOURCES, now)
            return refused + _MAPPED.pack(internal.port, wanted, 0)
        return self._head(opcode, Result.SUCCESS, now) + _MAPPED.pack(internal.port, got.port, time)

    def _unmap(self, protocol: Protocol, opcode: int, internal: Address, now: float) -> bytes:
        """RFC 6886 §3.4: end one mapping, or with port 0 all of this host's; none is fine, too."""
        if internal.port:
            self._mapper.unmap_port(protocol, internal, now)
        else:
            for mapping in self._mapper.explicit_mappings(now):
                if mapping.protocol is protocol and mapping.internal.host == internal.host:
                    self._mapper.unmap_port(protocol, mapping.internal, now)
        gone = find(self._mapper, protocol, internal, now) is None
        result = Result.SUCCESS if gone else Result.NOT_AUTHORIZED
        return self._head(opcode, result, now) + _MAPPED.pack(internal.port, 0, 0)

    def _head(self, opcode: int, result: Result, now: float) -> bytes:
        return _HEAD.pack(VERSION, opcode + _ANSWER, result, int(now - self._started))
