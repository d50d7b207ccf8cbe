"""ChannelBind: a number stands for a peer (RFC 8656 §12)."""

from relay.allocations import Allocation
from relay.channels import ChannelNumbers
from relay.interfaces import PeerTransport
from relay.outputs import Output
from relay.refusal import Refusal
from relay.requests.held import find_allocations, lacks_room, of_family
from relay.requests.request import Request, refuse, succeed
from relay.state import State
from stunwire import Address, ChannelNumber, ErrorCodes, XorPeerAddress


def answer(request: Request, state: State) -> list[Output]:
    """Answer a ChannelBind request; repeating a binding refreshes it."""
    held = find_allocations(request, state)
    if isinstance(held, Refusal):
        return refuse(request, held, state)
    number, named = request.message.get(ChannelNumber), request.message.get(XorPeerAddress)
    if number is None or named is None:
        missing = Refusal(ErrorCodes.BAD_REQUEST, "CHANNEL-NUMBER or XOR-PEER-ADDRESS is missing")
        return refuse(request, missing, state)
    found = of_family(held, named.address)
    if isinstance(found, Refusal):
        return refuse(request, found, state)
    refusal = (
        _check_transport(found)
        or _check_number(number.number, state.settings.channel_numbers)
        or _check_policy(named.address, state)
        or _check_other_family(number.number, found, held)
        or _check_binding(number.number, named.address, found)
        or _check_room(number.number, named.address, found, state)
    )
    if refusal is not None:
        return refuse(request, refusal, state)
    state.registry.bind(found, number.number, named.address, request.now)
    return succeed(request)


def _check_transport(allocation: Allocation) -> Refusal | None:
    """Refuse channels where connections relay.

    RFC 6062 does not speak of channels; but a control connection carries no application data (§3), and a
    refusal tells the client more than a channel that nothing can pass.
    """
    if allocation.interface.transport is PeerTransport.TCP:
        return Refusal(ErrorCodes.FORBIDDEN, "the allocation relays over TCP")
    return None


def _check_number(number: int, allowed: ChannelNumbers) -> Refusal | None:
    if number not in allowed.numbers:
        first, last = allowed.numbers[0], allowed.numbers[-1]
        return Refusal(
            ErrorCodes.BAD_REQUEST, f"expected channel {first:#x} to {last:#x}, got {number:#06x}"
        )
    return None


def _check_policy(peer: Address, state: State) -> Refusal | None:
    objection = state.gate.objection(peer)
    if objection is not None:
        return Refusal(ErrorCodes.FORBIDDEN, f"peer {peer.host} port {peer.port}: {objection}")
    return None


def _check_other_family(
    number: int, found: Allocation, held: tuple[Allocation, ...]
) -> Refusal | None:
    """Refuse a number that the five-tuple uses for a peer of the other family."""
    if any(number in other.channels for other in held if other is not found):
        return Refusal(ErrorCodes.BAD_REQUEST, f"channel {number:#06x} is bound to another peer")
    return None


def _check_binding(number: int, peer: Address, allocation: Allocation) -> Refusal | None:
    wire_peer = allocation.interface.to_wire(peer)
    by_number = allocation.channels.get(number)
    if by_number is not None and by_number.route.peer != wire_peer:
        return Refusal(ErrorCodes.BAD_REQUEST, f"channel {number:#06x} is bound to another peer")
    by_peer = allocation.channel_of.get(wire_peer)
    if by_peer is not None and by_peer.route.channel != number:
        return Refusal(ErrorCodes.BAD_REQUEST, f"the peer is bound to {by_peer.route.channel:#06x}")
    return None


def _check_room(number: int, peer: Address, allocation: Allocation, state: State) -> Refusal | None:
    limits = state.settings.limits
    new_channels = int(number not in allocation.channels)
    new_permissions = int(peer.host not in allocation.permissions)
    return lacks_room(
        len(allocation.channels), new_channels, limits.channels_per_allocation, "channels"
    ) or lacks_room(
        len(allocation.permissions),
        new_permissions,
        limits.permissions_per_allocation,
        "permissions",
    )
