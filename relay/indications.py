"""Packets between client and peer: Send and Data indications, channel data (RFC 8656 §11, §12).

This is the reference for what may pass; the data path answers the same for the channels in its table.
None of it is answered: what may not pass is dropped and counted.
"""

from relay.allocations import Allocation
from relay.channels import Framed, frame
from relay.counters import DropReason
from relay.outputs import Output, SendToClient, SendToPeer
from relay.state import State
from stunwire import (
    Address,
    Data,
    DontFragment,
    Message,
    Method,
    XorPeerAddress,
)

TRANSACTION_ID_SIZE = 12


def relay_send(
    held: tuple[Allocation, ...], message: Message, state: State, now: float
) -> list[Output] | DropReason:
    """Take a Send indication to its peer (RFC 8656 §11.2)."""
    if message.unknown_required or message.get(DontFragment) is not None:
        return DropReason.UNKNOWN_ATTRIBUTE
    named, data = message.get(XorPeerAddress), message.get(Data)
    if named is None or data is None:
        return DropReason.INCOMPLETE
    peer = named.address
    allocation = next((one for one in held if one.interface.family is peer.family), None)
    if allocation is None:
        return DropReason.FORBIDDEN_PEER
    if not allocation.permits(peer.host, now):
        return DropReason.NO_PERMISSION
    if state.gate.objection(peer) is not None:
        return DropReason.FORBIDDEN_PEER
    return _to_peer(allocation, allocation.interface.to_wire(peer), data.value)


def relay_channel_data(
    held: tuple[Allocation, ...], framed: Framed, now: float
) -> list[Output] | DropReason:
    """Take channel data to the peer of its channel (RFC 8656 §12.6)."""
    for allocation in held:
        channel = allocation.channels.get(framed.channel)
        if channel is not None and channel.route.expires > now:
            return _to_peer(allocation, channel.route.peer, framed.data)
    return DropReason.NO_CHANNEL


def relay_from_peer(
    allocation: Allocation, data: bytes, source: Address, state: State, now: float
) -> list[Output] | DropReason:
    """Take a peer's packet to the client, on a channel or in a Data indication (RFC 8656 §11.3, §12.7)."""
    channel = allocation.channel_of.get(source)
    if channel is not None and channel.route.expires > now:
        return _to_client(allocation, frame(channel.route.channel, data), len(data))
    peer = allocation.interface.from_wire(source)
    if not allocation.permits(peer.host, now):
        return DropReason.NO_PERMISSION
    if state.gate.objection(peer) is not None:
        return DropReason.FORBIDDEN_PEER
    indication = Message.indication(
        Method.DATA, _transaction_id(allocation), XorPeerAddress(peer), Data(data)
    )
    return _to_client(allocation, indication.encode(), len(data))


def _to_peer(allocation: Allocation, peer: Address, data: bytes) -> list[Output]:
    allocation.usage.to_peer_packets += 1
    allocation.usage.to_peer_bytes += len(data)
    return [SendToPeer(allocation.number, peer, data)]


def _to_client(allocation: Allocation, encoded: bytes, size: int) -> list[Output]:
    allocation.usage.to_client_packets += 1
    allocation.usage.to_client_bytes += size
    return [SendToClient(allocation.five_tuple, encoded)]


def _transaction_id(allocation: Allocation) -> bytes:
    """Number the indications of an allocation: nobody answers them, so the number need not be a secret."""
    return allocation.usage.to_client_packets.to_bytes(TRANSACTION_ID_SIZE, "big")
