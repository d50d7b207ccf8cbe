"""The checks that every request on an existing allocation starts with (RFC 8656 §5)."""

from relay.allocations import Allocation
from relay.refusal import Refusal
from relay.requests.request import Request
from relay.state import State
from stunwire import Address, ErrorCodes


def find_allocation(request: Request, state: State) -> Allocation | Refusal:
    """Return the allocation of the request's five-tuple, if it is the requester's."""
    allocation = state.registry.find(request.five_tuple)
    if allocation is None:
        return Refusal(ErrorCodes.ALLOCATION_MISMATCH, "the five-tuple has no allocation")
    if allocation.credential.owner != request.credential.owner:
        return Refusal(ErrorCodes.WRONG_CREDENTIALS, "the allocation is another user's")
    return allocation


def check_family(allocation: Allocation, peer: Address) -> Refusal | None:
    """Refuse a peer that the relayed transport address cannot reach (RFC 8656 §10.2, §12.2)."""
    if peer.family is not allocation.interface.family:
        return Refusal(
            ErrorCodes.PEER_ADDRESS_FAMILY_MISMATCH,
            f"expected an {allocation.interface.family.name} peer, got {peer.host}",
        )
    return None


def lacks_room(held: int, more: int, limit: int, what: str) -> Refusal | None:
    """Refuse what would go over a limit of the allocation (RFC 8656 §10.2, §12.2: 508)."""
    if held + more > limit:
        return Refusal(ErrorCodes.INSUFFICIENT_CAPACITY, f"expected at most {limit} {what}")
    return None
