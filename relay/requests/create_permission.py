"""CreatePermission: hosts may send to the client, and the client to them (RFC 8656 §10)."""

from relay.allocations import PERMISSION_LIFETIME, Allocation
from relay.outputs import Output
from relay.refusal import Refusal
from relay.requests.held import find_allocations, lacks_room, of_family
from relay.requests.request import Request, refuse, succeed
from relay.state import State
from stunwire import ErrorCodes, Message, XorPeerAddress


def answer(request: Request, state: State) -> list[Output]:
    """Answer a CreatePermission request: all the permissions it asks for, or none."""
    held = find_allocations(request, state)
    if isinstance(held, Refusal):
        return refuse(request, held, state)
    hosts = _sort_peers(request.message, held, state)
    if isinstance(hosts, Refusal):
        return refuse(request, hosts, state)
    for allocation, wanted in hosts.items():
        for host in wanted:
            state.registry.permit(allocation, host, request.now + PERMISSION_LIFETIME)
    return succeed(request)


def _sort_peers(
    message: Message, held: tuple[Allocation, ...], state: State
) -> dict[Allocation, set[str]] | Refusal:
    """Find the allocation for each peer, or what is wrong with one of them."""
    hosts: dict[Allocation, set[str]] = {}
    for named in message.get_all(XorPeerAddress):
        host = named.address.host
        allocation = of_family(held, named.address)
        if isinstance(allocation, Refusal):
            return allocation
        objection = state.gate.objection_to_host(host)
        if objection is not None:
            return Refusal(ErrorCodes.FORBIDDEN, f"peer {host}: {objection}")
        hosts.setdefault(allocation, set()).add(host)
    if not hosts:
        return Refusal(ErrorCodes.BAD_REQUEST, "XOR-PEER-ADDRESS is missing")
    limit = state.settings.limits.permissions_per_allocation
    for allocation, wanted in hosts.items():
        new = wanted - allocation.permissions.keys()
        refusal = lacks_room(len(allocation.permissions), len(new), limit, "permissions")
        if refusal is not None:
            return refusal
    return hosts
