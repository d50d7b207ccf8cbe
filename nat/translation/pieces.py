"""Fragments on their way through a NAT (RFC 4787 §11): only the first one names the ports."""

import dataclasses
from collections.abc import Callable
from typing import Final

from nat.choices import Fragments
from nat.fragments import REASSEMBLY_TIME, Reassembler
from nat.packets import Address, Drop, DropReason, Packet

MAX_DATAGRAMS: Final = 256
"""Datagrams whose later pieces are expected at a time; beyond it the oldest is given up."""

Translate = Callable[[Packet, float], Packet | Drop]
_Key = tuple[str, str, int]


class Pieces:
    """The fragments of one direction.

    Args:
        how: which of them pass.
    """

    def __init__(self, how: Fragments) -> None:
        self._how = how
        self._whole = Reassembler()
        self._begun: dict[_Key, tuple[float, Address, Address]] = {}

    def take(self, packet: Packet, now: float, translate: Translate) -> Packet | Drop:
        """Pass a fragment on, or hold or drop it.

        Args:
            translate: what becomes of a packet with ports.
        """
        match self._how:
            case Fragments.DROPPED:
                detail = f"a piece of a datagram from {packet.source.host}; this NAT passes none"
                return Drop(DropReason.FRAGMENT, detail)
            case Fragments.IN_ORDER:
                return self._follow(packet, now, translate)
            case Fragments.OUT_OF_ORDER:
                return self._collect(packet, now, translate)

    def _collect(self, packet: Packet, now: float, translate: Translate) -> Packet | Drop:
        """Hold the pieces until they are all there; what goes on is the whole datagram."""
        whole = self._whole.take(packet, now)
        if whole is not None:
            return translate(whole, now)
        piece = packet.payload
        detail = (
            f"the piece at byte {piece.offset} of datagram {piece.identification} from"
            f" {packet.source.host} waits for the others"
        )
        return Drop(DropReason.HELD, detail)

    def _follow(self, packet: Packet, now: float, translate: Translate) -> Packet | Drop:
        """Let pieces go the way of the first one."""
        piece = packet.payload
        key = (packet.source.host, packet.destination.host, piece.identification)
        if piece.offset == 0:
            whole = translate(packet._replace(payload=piece.data), now)
            if isinstance(whole, Drop):
                return whole
            self._begin(key, whole, now)
            return whole._replace(payload=dataclasses.replace(piece, data=whole.payload))
        until, source, destination = self._begun.get(key, (0.0, packet.source, packet.destination))
        if until <= now:
            detail = (
                f"the first piece of datagram {piece.identification} from {packet.source.host}"
                " has not come, and it alone names the ports"
            )
            return Drop(DropReason.FRAGMENT, detail)
        return packet._replace(source=source, destination=destination)

    def _begin(self, key: _Key, first: Packet, now: float) -> None:
        if len(self._begun) >= MAX_DATAGRAMS:
            del self._begun[next(iter(self._begun))]
        source, destination = first.source._replace(port=0), first.destination._replace(port=0)
        self._begun[key] = (now + REASSEMBLY_TIME, source, destination)
