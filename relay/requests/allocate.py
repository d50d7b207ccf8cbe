"""Allocate: a client gets a relayed transport address (RFC 8656 §7)."""

from collections.abc import Callable
from typing import TypeAlias

from relay.allocations import Answered
from relay.outputs import AllocationOpened, OpenRelaySocket, Output, SendToClient
from relay.ports import Parity
from relay.refusal import Refusal
from relay.registry import Pending
from relay.requests.lifetimes import granted_lifetime
from relay.requests.request import Request, refuse, response
from relay.state import State
from stunwire import (
    Address,
    ErrorCodes,
    EvenPort,
    Family,
    Lifetime,
    RequestedAddressFamily,
    RequestedTransport,
    XorMappedAddress,
    XorRelayedAddress,
)

UDP = 17
BIND_ATTEMPTS = 8
"""So many ports are tried before the machine is said to be full."""
RETRANSMISSION_WINDOW = 40.0
"""RFC 8489 §6.2.1: a client's last retransmission comes 31.5 s after the first request."""

Check: TypeAlias = Callable[[Request, State], Refusal | None]


def answer(request: Request, state: State) -> list[Output]:
    """Answer an Allocate request, or ask for the relay socket that the answer depends on."""
    if state.registry.pending(request.five_tuple):
        return []  # a retransmission that came before the socket did: the answer is on its way
    allocation = state.registry.find(request.five_tuple)
    if allocation is not None and _repeats(request, allocation.answered):
        return [SendToClient(request.five_tuple, allocation.answered.response)]
    for check in CHECKS:
        refusal = check(request, state)
        if refusal is not None:
            return refuse(request, refusal, state)
    return _reserve(request, state)


def opened(number: int, state: State, now: float) -> list[Output]:
    """Answer with success, now that the relay socket is open."""
    pending = state.registry.reserved(number)
    assert pending is not None
    encoded = response(
        pending.request,
        XorRelayedAddress(Address(pending.interface.announced, pending.port)),
        Lifetime(pending.lifetime),
        XorMappedAddress(pending.five_tuple.client),
        key=pending.credential.key,
    )
    answered = Answered(pending.request.transaction_id, encoded, now)
    allocation = state.registry.open(number, answered, now)
    return [
        SendToClient(pending.five_tuple, encoded),
        AllocationOpened(
            pending.five_tuple, allocation.relayed, pending.credential.username, pending.lifetime
        ),
    ]


def refused(number: int, state: State, now: float) -> list[Output]:
    """Try another port, since this one could not be bound; 508 after a few."""
    pending = state.registry.reserved(number)
    assert pending is not None
    if pending.attempt < BIND_ATTEMPTS:
        again = state.registry.reserve_again(number, now)
        if again is not None:
            return [_open(again)]
    state.registry.abandon(number, now)
    request = Request(pending.request, pending.five_tuple, pending.credential, now)
    return refuse(
        request, Refusal(ErrorCodes.INSUFFICIENT_CAPACITY, "no relay port could be bound"), state
    )


def _repeats(request: Request, answered: Answered) -> bool:
    same = request.message.transaction_id == answered.transaction_id
    return same and request.now - answered.at < RETRANSMISSION_WINDOW


def _reserve(request: Request, state: State) -> list[Output]:
    interface = state.interfaces[request.five_tuple.server, _family(request)]
    pending = state.registry.reserve(
        request.five_tuple,
        request.credential,
        request.message,
        interface=interface,
        lifetime=granted_lifetime(request.message, state.settings.limits),
        parity=Parity.ANY if request.message.get(EvenPort) is None else Parity.EVEN,
        now=request.now,
    )
    if pending is None:
        return refuse(
            request, Refusal(ErrorCodes.INSUFFICIENT_CAPACITY, "no relay port is free"), state
        )
    return [_open(pending)]


def _open(pending: Pending) -> OpenRelaySocket:
    address = Address(pending.interface.bound, pending.port)
    return OpenRelaySocket(pending.number, address, pending.five_tuple)


def _family(request: Request) -> Family:
    wanted = request.message.get(RequestedAddressFamily)
    return (
        Family.IPV4 if wanted is None else Family(wanted.family)
    )  # RFC 8656 §7.2: absent means IPv4


def _check_five_tuple(request: Request, state: State) -> Refusal | None:
    if state.registry.find(request.five_tuple) is not None:
        return Refusal(ErrorCodes.ALLOCATION_MISMATCH, "the five-tuple has an allocation already")
    return None


def _check_transport(request: Request, _: State) -> Refusal | None:
    wanted = request.message.get(RequestedTransport)
    if wanted is None:
        return Refusal(ErrorCodes.BAD_REQUEST, "REQUESTED-TRANSPORT is missing")
    if wanted.protocol != UDP:
        return Refusal(
            ErrorCodes.UNSUPPORTED_TRANSPORT_PROTOCOL,
            f"expected UDP, got protocol {wanted.protocol}",
        )
    return None


def _check_family(request: Request, state: State) -> Refusal | None:
    wanted = request.message.get(RequestedAddressFamily)
    if wanted is not None and wanted.family not in tuple(Family):
        return Refusal(ErrorCodes.ADDRESS_FAMILY_NOT_SUPPORTED, f"unknown family {wanted.family}")
    family = _family(request)
    if (request.five_tuple.server, family) not in state.interfaces:
        return Refusal(
            ErrorCodes.ADDRESS_FAMILY_NOT_SUPPORTED, f"no relay address is {family.name}"
        )
    return None


def _check_reservation(request: Request, _: State) -> Refusal | None:
    wanted = request.message.get(EvenPort)
    if wanted is not None and wanted.reserve_next:
        # RFC 8656 §7.2: what EVEN-PORT asks for and cannot be given is answered with 508
        return Refusal(ErrorCodes.INSUFFICIENT_CAPACITY, "pairs of ports are not reserved here")
    return None


def _check_user_quota(request: Request, state: State) -> Refusal | None:
    limit = state.settings.limits.allocations_per_user
    if state.registry.held_by(request.credential.owner) >= limit:
        return Refusal(ErrorCodes.ALLOCATION_QUOTA_REACHED, f"the user has {limit} allocations")
    return None


def _check_total(_: Request, state: State) -> Refusal | None:
    limit = state.settings.limits.allocations
    if len(state.registry) >= limit:
        return Refusal(ErrorCodes.INSUFFICIENT_CAPACITY, f"the relay has {limit} allocations")
    return None


CHECKS: tuple[Check, ...] = (
    _check_five_tuple,
    _check_transport,
    _check_family,
    _check_reservation,
    _check_user_quota,
    _check_total,
)
"""RFC 8656 §7.2, in its order."""
