"""Packets between client and peer: Send and Data indications, channel data (RFC 8656 §11, §12).

This is the reference for what may pass; the data path answers the same for the channels in its table.
None of it is answered: what may not pass is dropped and counted.
"""

from relay.allocations import Allocation
from relay.channels import Framed, frame
from relay.counters import DropReason
from relay.interfaces import PeerTransport
from relay.outputs import Output, SendToClient, SendToPeer
from relay.state import State
from stunwire import (
    Address,
    Data,
    DontFragment,
    Family,
    Icmp,
    Message,
    Method,
    XorPeerAddress,
)

TRANSACTION_ID_SIZE = 12
_TOLD_ICMP = {Family.IPV4: (3, 11), Family.IPV6: (1, 2, 3)}
"""RFC 8656 §11.5: destination unreachable, time exceeded; for IPv6 also packet too big."""


def relay_send(
    held: tuple[Allocation, ...], message: Message, state: State, now: float
) -> list[Output] | DropReason:
    """Take a Send indication to its peer (RFC 8656 §11.2)."""
    dont_fragment = message.get(DontFragment) is not None
    if message.unknown_required or (dont_fragment and not state.can_forbid_fragments):
        return DropReason.UNKNOWN_ATTRIBUTE
    named, data = message.get(XorPeerAddress), message.get(Data)
    if named is None or data is None:
        return DropReason.INCOMPLETE
    peer = named.address
    allocation = next((one for one in held if one.interface.family is peer.family), None)
    if allocation is None:
        return DropReason.FORBIDDEN_PEER
    if allocation.interface.transport is PeerTransport.TCP:
        return DropReason.WRONG_TRANSPORT
    if not allocation.permits(peer.host, now):
        return DropReason.NO_PERMISSION
    if state.gate.objection(peer) is not None:
        return DropReason.FORBIDDEN_PEER
    wire_peer = allocation.interface.to_wire(peer)
    return _to_peer(allocation, wire_peer, data.value, now, dont_fragment=dont_fragment)


def relay_channel_data(
    held: tuple[Allocation, ...], framed: Framed, now: float
) -> list[Output] | DropReason:
    """Take channel data to the peer of its channel (RFC 8656 §12.6)."""
    for allocation in held:
        channel = allocation.channels.get(framed.channel)
        if channel is not None and channel.route.expires > now:
            return _to_peer(allocation, channel.route.peer, framed.data, now)
    return DropReason.NO_CHANNEL


def relay_from_peer(
    allocation: Allocation, data: bytes, source: Address, state: State, now: float
) -> list[Output] | DropReason:
    """Take a peer's packet to the client, on a channel or in a Data indication (RFC 8656 §11.3, §12.7)."""
    channel = allocation.channel_of.get(source)
    if channel is not None and channel.route.expires > now:
        return _to_client(allocation, frame(channel.route.channel, data), len(data), now)
    peer = allocation.interface.from_wire(source)
    if not allocation.permits(peer.host, now):
        return DropReason.NO_PERMISSION
    if state.gate.objection(peer) is not None:
        return DropReason.FORBIDDEN_PEER
    indication = Message.indication(
        Method.DATA, _transaction_id(allocation), XorPeerAddress(peer), Data(data)
    )
    return _to_client(allocation, indication.encode(), len(data), now)


def relay_icmp(
    allocation: Allocation, icmp: Icmp, target: Address, state: State, now: float
) -> list[Output] | DropReason:
    """Tell the client of an ICMP error about a packet of its own (RFC 8656 §11.5)."""
    if icmp.icmp_type not in _TOLD_ICMP[allocation.interface.family]:
        return DropReason.ICMP_NOT_TOLD
    peer = allocation.interface.from_wire(target)
    if not allocation.permits(peer.host, now):
        return DropReason.NO_PERMISSION
    if state.gate.objection(peer) is not None:
        return DropReason.FORBIDDEN_PEER
    if now < allocation.icmp_from:
        return DropReason.TOO_MANY_ICMP
    allocation.icmp_from = now + state.settings.limits.icmp_interval
    indication = Message.indication(
        Method.DATA, _transaction_id(allocation), XorPeerAddress(peer), icmp
    )
    return _to_client(allocation, indication.encode(), 0, now)


def _to_peer(
    allocation: Allocation, peer: Address, data: bytes, now: float, *, dont_fragment: bool = False
) -> list[Output] | DropReason:
    if not allocation.may_relay(len(data), now):
        return DropReason.BANDWIDTH
    allocation.usage.to_peer_packets += 1
    allocation.usage.to_peer_bytes += len(data)
    return [SendToPeer(allocation.number, peer, data, dont_fragment)]


def _to_client(
    allocation: Allocation, encoded: bytes, size: int, now: float
) -> list[Output] | DropReason:
    if not allocation.is_reachable:
        return DropReason.NO_CLIENT
    if not allocation.may_relay(size, now):
        return DropReason.BANDWIDTH
    allocation.usage.to_client_packets += 1
    allocation.usage.to_client_bytes += size
    return [SendToClient(allocation.five_tuple, encoded)]


def _transaction_id(allocation: Allocation) -> bytes:
    """Number the indications of an allocation: nobody answers them, so the number need not be a secret."""
    return allocation.usage.to_client_packets.to_bytes(TRANSACTION_ID_SIZE, "big")
