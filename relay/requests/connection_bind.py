"""ConnectionBind: a client's connection is tied to one with a peer (RFC 6062 §5.4)."""

from relay.allocations import Allocation
from relay.meters import Meter
from relay.outputs import JoinConnections, Output
from relay.peerconnections import PeerConnection, Stage
from relay.refusal import Refusal
from relay.registry import Registry
from relay.requests.request import Request, refuse, succeed
from relay.state import State
from stunwire import ConnectionId, ErrorCodes, Message, Method

_CONNECTION_BIND = int(Method.CONNECTION_BIND)


def answer(request: Request, state: State) -> list[Output]:
    """Answer a ConnectionBind request; after a success nothing but data passes the connection."""
    found = _find(request, state)
    if isinstance(found, Refusal):
        return refuse(request, found, state)
    allocation = state.registry.get(found.allocation)
    assert allocation is not None
    meter = Meter(allocation.usage, allocation.allowance)
    state.registry.connections.bind(found, request.five_tuple, meter)
    joined = JoinConnections(found.number, request.five_tuple, meter)
    return [*succeed(request), joined]


def named_allocations(message: Message, registry: Registry) -> tuple[Allocation, ...]:
    """Return the allocation that a ConnectionBind request's CONNECTION-ID belongs to, if there is one."""
    if message.method != _CONNECTION_BIND:
        return ()
    named = message.get(ConnectionId)
    connection = None if named is None else registry.connections.get(named.number)
    found = None if connection is None else registry.get(connection.allocation)
    return () if found is None else (found,)


def _find(request: Request, state: State) -> PeerConnection | Refusal:
    if not request.five_tuple.transport.is_stream:
        return Refusal(ErrorCodes.BAD_REQUEST, "expected a connection over TCP or TLS")
    if state.registry.find(request.five_tuple) or state.registry.openings.find(request.five_tuple):
        return Refusal(ErrorCodes.BAD_REQUEST, "the connection has an allocation of its own")
    named = request.message.get(ConnectionId)
    if named is None:
        return Refusal(ErrorCodes.BAD_REQUEST, "CONNECTION-ID is missing")
    found = state.registry.connections.get(named.number)
    # RFC 6062 §5.4: "does not refer to an existing pending connection": 400
    if found is None or found.stage is not Stage.PENDING:
        return Refusal(ErrorCodes.BAD_REQUEST, "no connection is pending under that CONNECTION-ID")
    if found.credential.owner != request.credential.owner:
        return Refusal(ErrorCodes.WRONG_CREDENTIALS, "the connection is another user's")
    return found
