"""Connect: the relay connects to a peer over TCP, or a peer to the relay (RFC 6062 §5.2, §5.3)."""

from relay.allocations import Allocation
from relay.counters import DropReason
from relay.interfaces import PeerTransport
from relay.outputs import AcceptPeer, ConnectToPeer, Output, SendToClient
from relay.peerconnections import PeerConnection, Stage
from relay.refusal import Refusal
from relay.requests.held import find_allocations, lacks_room, of_family
from relay.requests.request import Request, refuse, succeed
from relay.state import State
from stunwire import Address, ConnectionId, ErrorCodes, Message, Method, XorPeerAddress

TRANSACTION_ID_SIZE = 12


def answer(request: Request, state: State) -> list[Output]:
    """Refuse a Connect request, or begin the connection that the answer depends on."""
    held = find_allocations(request, state)
    if isinstance(held, Refusal):
        return refuse(request, held, state)
    named = request.message.get(XorPeerAddress)
    if named is None:
        missing = Refusal(ErrorCodes.BAD_REQUEST, "XOR-PEER-ADDRESS is missing")
        return refuse(request, missing, state)
    peer = named.address
    found = of_family(held, peer)
    if isinstance(found, Refusal):
        return refuse(request, found, state)
    refusal = (
        _check_transport(found)
        or _check_peer(found, peer, state)
        or _check_policy(peer, state)
        or _check_room(found, state)
    )
    if refusal is not None:
        return refuse(request, refusal, state)
    connecting = state.registry.connections.begin_connecting(
        found.number,
        peer,
        request.message,
        credential=request.credential,
        now=request.now,
    )
    return [ConnectToPeer(found.number, connecting.number, found.interface.to_wire(peer))]


def connected(number: int, state: State, now: float) -> list[Output]:
    """Hear that a peer took the connection: its CONNECTION-ID is the answer."""
    connection = state.registry.connections.get(number)
    if connection is None or connection.request is None:
        return []
    state.registry.connections.connected(connection, now)
    asked = _asked(connection, state, now)
    return [] if asked is None else succeed(asked, ConnectionId(number))


def failed(number: int, state: State, now: float) -> list[Output]:
    """Hear that a peer did not take the connection."""
    connection = state.registry.connections.get(number)
    if connection is None:
        return []
    state.registry.connections.forget(connection)
    return _refuse_connection(connection, "the peer did not take the connection", state, now)


def accepted(number: int, source: Address, state: State, now: float) -> list[Output] | DropReason:
    """Hear that a peer has connected to a relayed transport address, and tell the client.

    Without an `AcceptPeer` in the answer, the shell closes the connection.
    """
    allocation = state.registry.get(number)
    if allocation is None:
        return DropReason.NO_ALLOCATION
    if not allocation.is_reachable:
        return DropReason.NO_CLIENT
    peer = allocation.interface.from_wire(source)
    # RFC 6062 §5.3: without a permission "the server MUST close the connection with the peer immediately"
    if not allocation.permits(peer.host, now):
        return DropReason.NO_PERMISSION
    if state.gate.objection(peer, PeerTransport.TCP) is not None:
        return DropReason.FORBIDDEN_PEER
    if _check_peer(allocation, peer, state) or _check_room(allocation, state):
        return DropReason.TOO_MANY_OF_PEERS
    pending = state.registry.connections.begin_pending(
        number, peer, credential=allocation.credential, now=now
    )
    indication = Message.indication(
        Method.CONNECTION_ATTEMPT,
        pending.number.to_bytes(TRANSACTION_ID_SIZE, "big"),
        XorPeerAddress(peer),
        ConnectionId(pending.number),
    )
    return [
        AcceptPeer(number, pending.number, source),
        SendToClient(allocation.five_tuple, indication.encode()),
    ]


def revoke(state: State, now: float) -> list[Output]:
    """End every connection, made or being made, with a peer that policy denies now."""
    outputs: list[Output] = []
    for connection in state.registry.connections.all():
        denied = _check_policy(connection.peer, state)
        if denied is None:
            continue
        outputs += state.registry.connections.end(connection)
        if connection.stage is Stage.CONNECTING:
            outputs += _refuse(connection, denied, state, now)
    return outputs


def sweep(state: State, now: float) -> list[Output]:
    """End every connection whose peer or client has let its time go by."""
    outputs: list[Output] = []
    while (connection := state.registry.connections.pop_due(now)) is not None:
        outputs += state.registry.connections.end(connection)
        if connection.stage is Stage.CONNECTING:
            outputs += _refuse_connection(connection, "the peer did not answer", state, now)
    return outputs


def _refuse_connection(
    connection: PeerConnection, why: str, state: State, now: float
) -> list[Output]:
    host, port = connection.peer
    refusal = Refusal(ErrorCodes.CONNECTION_TIMEOUT_OR_FAILURE, f"peer {host} port {port}: {why}")
    return _refuse(connection, refusal, state, now)


def _refuse(connection: PeerConnection, refusal: Refusal, state: State, now: float) -> list[Output]:
    asked = _asked(connection, state, now)
    return [] if asked is None else refuse(asked, refusal, state)


def _asked(connection: PeerConnection, state: State, now: float) -> Request | None:
    """Give the Connect request as from where its client is now; None while that is nowhere."""
    allocation = state.registry.get(connection.allocation)
    assert allocation is not None
    if not allocation.is_reachable:  # where it was may be somebody else's by now
        return None
    assert connection.request is not None
    return Request(connection.request, allocation.five_tuple, connection.credential, now)


def _check_transport(allocation: Allocation) -> Refusal | None:
    if allocation.interface.transport is not PeerTransport.TCP:
        return Refusal(ErrorCodes.FORBIDDEN, "the allocation relays over UDP")
    return None


def _check_peer(allocation: Allocation, peer: Address, state: State) -> Refusal | None:
    """Refuse a second connection with one peer (RFC 6062 §5.2: 446)."""
    if state.registry.connections.between(allocation.number, peer) is not None:
        why = f"there is a connection with {peer.host} port {peer.port}"
        return Refusal(ErrorCodes.CONNECTION_ALREADY_EXISTS, why)
    return None


def _check_policy(peer: Address, state: State) -> Refusal | None:
    objection = state.gate.objection(peer, PeerTransport.TCP)
    if objection is not None:
        return Refusal(ErrorCodes.FORBIDDEN, f"peer {peer.host} port {peer.port}: {objection}")
    return None


def _check_room(allocation: Allocation, state: State) -> Refusal | None:
    limit = state.settings.limits.connections_per_allocation
    held = state.registry.connections.count(allocation.number)
    return lacks_room(held, 1, limit, "connections with peers")
