"""The checks that every request on an existing allocation starts with (RFC 8656 §5)."""

from relay.allocations import Allocation
from relay.refusal import Refusal
from relay.requests.request import Request
from relay.state import State
from stunwire import Address, ErrorCodes


def find_allocations(request: Request, state: State) -> tuple[Allocation, ...] | Refusal:
    """Return what the request's five-tuple holds, one of each family at most, if it is the requester's."""
    held = state.registry.find(request.five_tuple)
    if not held:
        return Refusal(ErrorCodes.ALLOCATION_MISMATCH, "the five-tuple has no allocation")
    if held[0].credential.owner != request.credential.owner:
        return Refusal(ErrorCodes.WRONG_CREDENTIALS, "the allocation is another user's")
    return held


def of_family(held: tuple[Allocation, ...], peer: Address) -> Allocation | Refusal:
    """Choose the allocation that reaches a peer, or refuse (RFC 8656 §10.2, §12.2)."""
    for allocation in held:
        if peer.family is allocation.interface.family:
            return allocation
    names = " or ".join(allocation.interface.family.name for allocation in held)
    return Refusal(
        ErrorCodes.PEER_ADDRESS_FAMILY_MISMATCH, f"expected an {names} peer, got {peer.host}"
    )


def lacks_room(held: int, more: int, limit: int, what: str) -> Refusal | None:
    """Refuse what would go over a limit of the allocation (RFC 8656 §10.2, §12.2: 508)."""
    if held + more > limit:
        return Refusal(ErrorCodes.INSUFFICIENT_CAPACITY, f"expected at most {limit} {what}")
    return None
