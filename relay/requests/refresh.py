"""Refresh: an allocation lives on, or ends (RFC 8656 §8)."""

from itertools import chain

from relay.allocations import Allocation
from relay.outputs import Output
from relay.refusal import Refusal
from relay.requests.held import find_allocations
from relay.requests.lifetimes import granted_lifetime
from relay.requests.request import Request, refuse, succeed
from relay.requests.resume import find_by_ticket, move, next_ticket
from relay.state import State
from stunwire import ErrorCodes, Lifetime, MobilityTicket, RequestedAddressFamily


def answer(request: Request, state: State) -> list[Output]:
    """Answer a Refresh request."""
    ticket = request.message.get(MobilityTicket)
    if ticket is None:
        held = find_allocations(request, state)
    else:
        held = find_by_ticket(request, ticket, state)
    if isinstance(held, Refusal):
        return refuse(request, held, state)
    chosen = _choose(request, held)
    if isinstance(chosen, Refusal):
        return refuse(request, chosen, state)
    wanted = request.message.get(Lifetime)
    if wanted is not None and wanted.seconds == 0:
        ended = (state.registry.end(one, "the client ended it", request.now) for one in chosen)
        return [*succeed(request, Lifetime(0)), *chain.from_iterable(ended)]
    moved = [] if ticket is None else move(request, ticket, held, state)
    lifetime = granted_lifetime(request.message, state.settings.limits)
    for allocation in chosen:
        state.registry.refresh(allocation, request.now + lifetime)
    more = () if ticket is None else (next_ticket(held, state),)
    return [*moved, *succeed(request, Lifetime(lifetime), *more)]


def _choose(request: Request, held: tuple[Allocation, ...]) -> tuple[Allocation, ...] | Refusal:
    """Take the allocation of the family that is named, or all there are (RFC 8656 §8.2)."""
    wanted = request.message.get(RequestedAddressFamily)
    if wanted is None:
        return held
    chosen = tuple(one for one in held if one.interface.family == wanted.family)
    return chosen or Refusal(
        ErrorCodes.PEER_ADDRESS_FAMILY_MISMATCH, "the allocation has another family"
    )
