"""Resume: a Refresh that shows a ticket, and the Allocate that asks for the first one (RFC 8016 §3.1, §3.2)."""

from relay.allocations import Allocation
from relay.interfaces import PeerTransport
from relay.mobility import Mobile, Showing
from relay.openings import Opening
from relay.outputs import Output
from relay.ratelimit import source_of
from relay.refusal import Refusal
from relay.registry import Registry
from relay.requests.request import Request
from relay.settings import Mobility
from relay.state import State
from stunwire import ErrorCodes, Message, Method, MobilityTicket


def check_wish(request: Request, state: State) -> Refusal | None:
    """Refuse an Allocate request that asks for a ticket as it may not (RFC 8016 §3.1.2)."""
    wish = request.message.get(MobilityTicket)
    if wish is None:
        return None
    if wish.value:
        return Refusal(ErrorCodes.BAD_REQUEST, "expected an empty MOBILITY-TICKET")
    return _check_policy(state)


def first_ticket(opening: Opening, state: State) -> tuple[MobilityTicket, ...]:
    """Give the first ticket to who asked for one."""
    if opening.request.get(MobilityTicket) is None:
        return ()
    return (MobilityTicket(state.registry.moves.ticket(opening.opened[0].number)),)


def named_allocations(message: Message, registry: Registry) -> tuple[Allocation, ...]:
    """Return the allocations that a Refresh request's ticket belongs to, if there are any."""
    ticket = message.get(MobilityTicket)
    if ticket is None or message.method != Method.REFRESH:
        return ()
    named = registry.moves.open(ticket.value)
    return () if named is None else registry.moves.held(named.number)


def find_by_ticket(
    request: Request, ticket: MobilityTicket, state: State
) -> tuple[Allocation, ...] | Refusal:
    """Return the allocations that a ticket stands for, if the requester may have them where it is."""
    forbidden = _check_policy(state)
    if forbidden is not None:
        return forbidden
    named = state.registry.moves.open(ticket.value)
    if named is None:
        return Refusal(ErrorCodes.BAD_REQUEST, "the ticket was not made here")
    held = state.registry.moves.held(named.number)
    showing = _judge(request, held, named.turn)
    if showing is Showing.SPENT:
        return Refusal(
            ErrorCodes.ALLOCATION_MISMATCH, "the ticket is spent, or its allocation gone"
        )
    if held[0].credential.owner != request.credential.owner:
        return Refusal(ErrorCodes.WRONG_CREDENTIALS, "the allocation is another user's")
    if showing is Showing.REPEATED:
        return held
    return _check_place(request, held, state) or _check_room(request, held, state) or held


def move(
    request: Request, ticket: MobilityTicket, held: tuple[Allocation, ...], state: State
) -> list[Output]:
    """Move what `find_by_ticket` gave to where the request came from, unless the request repeats one that did."""
    named = state.registry.moves.open(ticket.value)
    assert named is not None
    if _judge(request, held, named.turn) is Showing.REPEATED:
        return []
    return state.registry.moves.take(_mobile(held), request.five_tuple, request.now)


def next_ticket(held: tuple[Allocation, ...], state: State) -> MobilityTicket:
    """Give the ticket that is good from now on: it "MUST be different from the old ticket" (RFC 8016 §3.2.2)."""
    mobile = _mobile(held)
    return MobilityTicket(state.registry.moves.ticket(mobile.number, mobile.turn))


def _mobile(held: tuple[Allocation, ...]) -> Mobile:
    mobile = held[0].mobile
    assert mobile is not None
    return mobile


def _judge(request: Request, held: tuple[Allocation, ...], turn: int) -> Showing:
    if not held:
        return Showing.SPENT
    return _mobile(held).judge(turn, request.five_tuple, request.now)


def _check_place(request: Request, held: tuple[Allocation, ...], state: State) -> Refusal | None:
    if request.five_tuple in held[0].places:
        return Refusal(ErrorCodes.BAD_REQUEST, "the client is there already")
    registry, place = state.registry, request.five_tuple
    if registry.find(place) or registry.openings.find(place):
        why = "the five-tuple has an allocation of its own"
        return Refusal(ErrorCodes.ALLOCATION_MISMATCH, why)
    return _check_transport(request, held)


def _check_transport(request: Request, held: tuple[Allocation, ...]) -> Refusal | None:
    """Refuse to take peers over TCP to where they cannot be allocated (RFC 6062 §5.1)."""
    has_tcp = any(one.interface.transport is PeerTransport.TCP for one in held)
    if has_tcp and not request.five_tuple.transport.is_stream:
        return Refusal(ErrorCodes.BAD_REQUEST, "peers over TCP are for clients over TCP or TLS")
    return None


def _check_room(request: Request, held: tuple[Allocation, ...], state: State) -> Refusal | None:
    host, limit = request.five_tuple.client.host, state.settings.limits.allocations_per_source
    if source_of(host) in held[0].sources:
        return None
    if state.registry.held_from(host) + len(held) > limit:
        return Refusal(ErrorCodes.ALLOCATION_QUOTA_REACHED, f"the source has {limit} allocations")
    return None


def _check_policy(state: State) -> Refusal | None:
    if state.settings.mobility is Mobility.ON:
        return None
    return Refusal(ErrorCodes.MOBILITY_FORBIDDEN, "the relay lets no allocation move")
