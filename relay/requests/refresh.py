"""Refresh: an allocation lives on, or ends (RFC 8656 §8)."""

from relay.allocations import Allocation
from relay.outputs import Output
from relay.refusal import Refusal
from relay.requests.held import find_allocation
from relay.requests.lifetimes import granted_lifetime
from relay.requests.request import Request, refuse, succeed
from relay.state import State
from stunwire import ErrorCodes, Lifetime, RequestedAddressFamily


def answer(request: Request, state: State) -> list[Output]:
    """Answer a Refresh request."""
    found = find_allocation(request, state)
    if isinstance(found, Refusal):
        return refuse(request, found, state)
    refusal = _check_family(request, found)
    if refusal is not None:
        return refuse(request, refusal, state)
    wanted = request.message.get(Lifetime)
    if wanted is not None and wanted.seconds == 0:
        ended = state.registry.end(found, "the client ended it", request.now)
        return [*succeed(request, Lifetime(0)), *ended]
    lifetime = granted_lifetime(request.message, state.settings.limits)
    state.registry.refresh(found, request.now + lifetime)
    return succeed(request, Lifetime(lifetime))


def _check_family(request: Request, allocation: Allocation) -> Refusal | None:
    wanted = request.message.get(RequestedAddressFamily)
    if wanted is not None and wanted.family != allocation.interface.family:
        return Refusal(ErrorCodes.PEER_ADDRESS_FAMILY_MISMATCH, "the allocation has another family")
    return None
