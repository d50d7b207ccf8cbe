"""CreatePermission: hosts may send to the client, and the client to them (RFC 8656 §10)."""

from relay.allocations import PERMISSION_LIFETIME, Allocation
from relay.outputs import Output
from relay.refusal import Refusal
from relay.requests.held import check_family, find_allocation, lacks_room
from relay.requests.request import Request, refuse, succeed
from relay.state import State
from stunwire import Address, ErrorCodes, XorPeerAddress


def answer(request: Request, state: State) -> list[Output]:
    """Answer a CreatePermission request: all the permissions it asks for, or none."""
    found = find_allocation(request, state)
    if isinstance(found, Refusal):
        return refuse(request, found, state)
    peers = [named.address for named in request.message.get_all(XorPeerAddress)]
    refusal = _check_peers(peers, found, state)
    if refusal is not None:
        return refuse(request, refusal, state)
    for peer in peers:
        state.registry.permit(found, peer.host, request.now + PERMISSION_LIFETIME)
    return succeed(request)


def _check_peers(peers: list[Address], allocation: Allocation, state: State) -> Refusal | None:
    if not peers:
        return Refusal(ErrorCodes.BAD_REQUEST, "XOR-PEER-ADDRESS is missing")
    for peer in peers:
        refusal = check_family(allocation, peer)
        if refusal is not None:
            return refusal
        objection = state.gate.objection_to_host(peer.host)
        if objection is not None:
            return Refusal(ErrorCodes.FORBIDDEN, f"peer {peer.host}: {objection}")
    new = {peer.host for peer in peers} - allocation.permissions.keys()
    limit = state.settings.limits.permissions_per_allocation
    return lacks_room(len(allocation.permissions), len(new), limit, "permissions")
