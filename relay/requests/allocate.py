"""Allocate: a client gets a relayed transport address (RFC 8656 §7)."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from relay.allocations import Answered
from relay.drafts import additional_family
from relay.interfaces import PeerTransport, RelayInterface
from relay.openings import Opening, Pending
from relay.outputs import AllocationOpened, OpenRelaySocket, Output, SendToClient
from relay.policy import tunnel_of
from relay.refusal import Refusal
from relay.requests.lifetimes import granted_lifetime
from relay.requests.request import Request, refuse, response
from relay.requests.resume import check_wish, first_ticket
from relay.reservations import PortWish
from relay.settings import Redirect, TcpRelay
from relay.state import State
from stunwire import (
    AdditionalAddressFamily,
    Address,
    AddressErrorCode,
    AlternateServer,
    DontFragment,
    ErrorCodes,
    EvenPort,
    Family,
    Lifetime,
    Message,
    MobilityTicket,
    RequestedAddressFamily,
    RequestedTransport,
    ReservationToken,
    UnknownAttribute,
    XorMappedAddress,
    XorRelayedAddress,
)

BIND_ATTEMPTS = 8
"""So many ports are tried before the machine is said to be full."""
RETRANSMISSION_WINDOW = 40.0
"""RFC 8489 §6.2.1: a client's last retransmission comes 31.5 s after the first request."""

WISHES = frozenset(
    (
        RequestedAddressFamily,
        AdditionalAddressFamily,
        EvenPort,
        ReservationToken,
        DontFragment,
        MobilityTicket,
        UnknownAttribute,
    )
)
"""What a request may ask for beside an address; few do, and then there is less to look at."""
_UDP, _TCP = PeerTransport.UDP.value, PeerTransport.TCP.value
_ONLY_IPV4 = (Family.IPV4,)  # RFC 8656 §7.2: absent means IPv4
_ANY = PortWish.ANY

Check: TypeAlias = Callable[[Request, State], Refusal | None]


def answer(request: Request, state: State) -> list[Output]:
    """Answer an Allocate request, or ask for the relay sockets that the answer depends on."""
    if state.registry.openings.find(request.five_tuple):
        return []  # a retransmission that came before the socket did: the answer is on its way
    held = state.registry.find(request.five_tuple)
    if held and _repeats(request, held[0].answered):
        return [SendToClient(request.five_tuple, held[0].answered.response)]
    for check in CHECKS if request.message.has_any(WISHES) else CHECKS_OF_NO_WISH:
        refusal = check(request, state)
        if refusal is not None:
            return refuse(request, refusal, state)
    return _open_sockets(request, state)


def opened(number: int, state: State, now: float) -> list[Output]:
    """Take note that a relay socket is open, and answer if it was the last one."""
    opening = state.registry.openings.settle(number)
    return [] if opening.waiting else _conclude(opening, state, now)


def refused(number: int, state: State, now: float) -> list[Output]:
    """Try another port, since this one could not be bound; 508 after a few."""
    openings = state.registry.openings
    if openings.of(number).waiting[number].attempt < BIND_ATTEMPTS:
        again = openings.take_again(number, now)
        if again is not None:
            return [_open(again, openings.of(number))]
    opening = openings.give_up(number, ErrorCodes.INSUFFICIENT_CAPACITY, now)
    return [] if opening.waiting else _conclude(opening, state, now)


def _repeats(request: Request, answered: Answered) -> bool:
    same = request.message.transaction_id == answered.transaction_id
    return same and request.now - answered.at < RETRANSMISSION_WINDOW


def _open_sockets(request: Request, state: State) -> list[Output]:
    openings, message = state.registry.openings, request.message
    lifetime = granted_lifetime(message, state.settings.limits)
    opening = openings.begin(request.five_tuple, request.credential, message, lifetime)
    token = message.get(ReservationToken)
    if token is not None:
        return [_open(openings.redeem(opening, token.value), opening)]
    for family in _families(message):
        interface = _interface(request, family, state)
        if interface is None:
            opening.failed[family] = ErrorCodes.ADDRESS_FAMILY_NOT_SUPPORTED
        elif openings.take(opening, interface, _port_wish(message), request.now) is None:
            opening.failed[family] = ErrorCodes.INSUFFICIENT_CAPACITY
    if not opening.waiting:
        return _conclude(opening, state, request.now)
    return [_open(pending, opening) for pending in tuple(opening.waiting.values())]


def _conclude(opening: Opening, state: State, now: float) -> list[Output]:
    """Answer: with the addresses there are, and why there are no others, or with an error."""
    if not opening.opened:
        state.registry.openings.end(opening)
        request = Request(opening.request, opening.five_tuple, opening.credential, now)
        code = next(iter(opening.failed.values()))
        return refuse(request, Refusal(code, "no relay port is free or could be bound"), state)
    encoded = response(
        opening.request,
        *[XorRelayedAddress(_announced(pending)) for pending in opening.opened],
        Lifetime(opening.lifetime),
        *[ReservationToken(p.grant.token) for p in opening.opened if p.grant.token is not None],
        XorMappedAddress(opening.five_tuple.client),
        *first_ticket(opening, state),
        # RFC 8656 §7.2: why there is no address of the other family
        *[AddressErrorCode(family, code) for family, code in opening.failed.items()],
        key=opening.credential.key,
    )
    answered = Answered(opening.request.transaction_id, encoded, now)
    begun = state.registry.open(opening, answered, now)
    return [
        SendToClient(opening.five_tuple, encoded),
        *[
            AllocationOpened(
                opening.five_tuple, one.relayed, opening.credential.username, opening.lifetime
            )
            for one in begun
        ],
    ]


def _interface(request: Request, family: Family, state: State) -> RelayInterface | None:
    """Find where an allocation of a family comes from, over the transport that is asked for."""
    found = state.interfaces.get((request.five_tuple.server, family))
    if found is not None and _wants_tcp(request):
        return replace(found, transport=PeerTransport.TCP)
    return found


def _wants_tcp(request: Request) -> bool:
    wanted = request.message.get(RequestedTransport)
    return wanted is not None and wanted.protocol == _TCP


def _announced(pending: Pending) -> Address:
    return Address(pending.grant.interface.announced, pending.grant.port)


def _open(pending: Pending, opening: Opening) -> OpenRelaySocket:
    address = Address(pending.grant.interface.bound, pending.grant.port)
    transport = pending.grant.interface.transport
    return OpenRelaySocket(pending.number, address, opening.five_tuple, transport)


def _families(message: Message) -> tuple[Family, ...]:
    """List the families that are asked for; both where a known additional one is (RFC 8656 §7.2)."""
    if not message.has_any(WISHES):
        return _ONLY_IPV4
    if additional_family(message) is not None:
        return (Family.IPV4, Family.IPV6)
    wanted = message.get(RequestedAddressFamily)
    return _ONLY_IPV4 if wanted is None else (Family(wanted.family),)


def _port_wish(message: Message) -> PortWish:
    wanted = message.get(EvenPort)
    if wanted is None:
        return _ANY
    return PortWish.PAIR if wanted.reserve_next else PortWish.EVEN


def _check_five_tuple(request: Request, state: State) -> Refusal | None:
    if state.registry.find(request.five_tuple):
        return Refusal(ErrorCodes.ALLOCATION_MISMATCH, "the five-tuple has an allocation already")
    return None


def _check_source(request: Request, _: State) -> Refusal | None:
    tunnel = tunnel_of(request.five_tuple.client.host)
    if tunnel is not None:
        return Refusal(ErrorCodes.FORBIDDEN, f"the client comes through {tunnel}")
    return None


def _check_transport(request: Request, state: State) -> Refusal | None:
    wanted = request.message.get(RequestedTransport)
    if wanted is None:
        return Refusal(ErrorCodes.BAD_REQUEST, "REQUESTED-TRANSPORT is missing")
    if wanted.protocol == _UDP:
        return None
    if _wants_tcp(request) and state.settings.tcp_relay is not TcpRelay.OFF:
        return _check_tcp(request)
    return Refusal(
        ErrorCodes.UNSUPPORTED_TRANSPORT_PROTOCOL,
        f"expected UDP, got protocol {wanted.protocol}",
    )


def _check_tcp(request: Request) -> Refusal | None:
    """Refuse what an allocation over TCP cannot have (RFC 6062 §5.1)."""
    if not request.five_tuple.transport.is_stream:
        return Refusal(ErrorCodes.BAD_REQUEST, "peers over TCP are for clients over TCP or TLS")
    for kind in (DontFragment, EvenPort, ReservationToken):
        if request.message.get(kind) is not None:
            why = f"{kind.__name__} is not for allocations over TCP"
            return Refusal(ErrorCodes.BAD_REQUEST, why)
    return None


def _check_token(request: Request, state: State) -> Refusal | None:
    token = request.message.get(ReservationToken)
    if token is None:
        return None
    excluded = (
        *(request.message.get(kind) for kind in (EvenPort, RequestedAddressFamily)),
        additional_family(request.message),
    )
    for attribute in excluded:
        if attribute is not None:
            why = f"RESERVATION-TOKEN and {type(attribute).__name__} exclude each other"
            return Refusal(ErrorCodes.BAD_REQUEST, why)
    if state.registry.ports.find(token.value, request.credential.owner) is None:
        return Refusal(ErrorCodes.INSUFFICIENT_CAPACITY, "no port is kept under that token")
    return None


def _check_additional_family(request: Request, _: State) -> Refusal | None:
    additional = additional_family(request.message)
    if additional is None:
        return None
    if request.message.get(RequestedAddressFamily) is not None:
        why = "ADDITIONAL- and REQUESTED-ADDRESS-FAMILY exclude each other"
    elif additional.family != Family.IPV6:
        why = f"expected IPv6 as the additional family, got {additional.family}"
    elif _port_wish(request.message) is PortWish.PAIR:
        why = "ADDITIONAL-ADDRESS-FAMILY and a reserved port exclude each other"
    else:
        return None
    return Refusal(ErrorCodes.BAD_REQUEST, why)


def _check_family(request: Request, state: State) -> Refusal | None:
    wanted = request.message.get(RequestedAddressFamily)
    if wanted is not None and wanted.family not in tuple(Family):
        return Refusal(ErrorCodes.ADDRESS_FAMILY_NOT_SUPPORTED, f"unknown family {wanted.family}")
    if request.message.get(ReservationToken) is not None:
        return None
    families = _families(request.message)
    for family in families:
        if (request.five_tuple.server, family) in state.interfaces:
            return None
    names = " or ".join(family.name for family in families)
    return Refusal(ErrorCodes.ADDRESS_FAMILY_NOT_SUPPORTED, f"no relay address is {names}")


def _check_redirect(request: Request, state: State) -> Refusal | None:
    settings = state.settings
    if not state.registry.draining and settings.redirect is not Redirect.ALWAYS:
        return None
    family = request.five_tuple.client.family
    # RFC 8489 §14.15: the family of ALTERNATE-SERVER is that of the request's source
    servers = [server for server in settings.alternate_servers if server.family is family]
    if not servers:
        return Refusal(ErrorCodes.INSUFFICIENT_CAPACITY, "the relay gives no more allocations")
    server = servers[request.message.transaction_id[-1] % len(servers)]
    why = f"sent to {server.host} port {server.port}"
    return Refusal(ErrorCodes.TRY_ALTERNATE, why, (AlternateServer(server),))


def _check_source_quota(request: Request, state: State) -> Refusal | None:
    limit = state.settings.limits.allocations_per_source
    if state.registry.held_from(request.five_tuple.client.host) + _ports_wanted(request) > limit:
        return Refusal(ErrorCodes.ALLOCATION_QUOTA_REACHED, f"the source has {limit} allocations")
    return None


def _check_user_quota(request: Request, state: State) -> Refusal | None:
    own = request.credential.allocations
    limit = state.settings.limits.allocations_per_user if own is None else own
    if state.registry.held_by(request.credential.owner) + _ports_wanted(request) > limit:
        return Refusal(ErrorCodes.ALLOCATION_QUOTA_REACHED, f"the user has {limit} allocations")
    return None


def _check_total(request: Request, state: State) -> Refusal | None:
    limit = state.settings.limits.allocations
    if len(state.registry) + _ports_wanted(request) > limit:
        return Refusal(ErrorCodes.INSUFFICIENT_CAPACITY, f"the relay has {limit} allocations")
    return None


def _ports_wanted(request: Request) -> int:
    """Count the ports that a request would take; one that a token names is counted already."""
    if not request.message.has_any(WISHES):
        return 1
    if request.message.get(ReservationToken) is not None:
        return 0
    is_pair = _port_wish(request.message) is PortWish.PAIR
    return len(_families(request.message)) + int(is_pair)


CHECKS: tuple[Check, ...] = (
    _check_five_tuple,
    _check_source,
    _check_transport,
    _check_token,
    _check_additional_family,
    _check_family,
    check_wish,
    _check_redirect,
    _check_source_quota,
    _check_user_quota,
    _check_total,
)
"""RFC 8656 §7.2, in its order; and §21.4."""
CHECKS_OF_NO_WISH = tuple(
    check for check in CHECKS if check not in (_check_token, _check_additional_family, check_wish)
)
"""Those that can refuse a request with none of `WISHES`."""
