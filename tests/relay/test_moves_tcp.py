"""Clients with peers over TCP on the move: the relayed address and connections stay, the control connection changes."""

import pytest

from relay import Mobility, TcpRelay
from relay.fivetuple import FiveTuple, Transport
from relay.outputs import (
    CloseDataConnection,
    ConnectToPeer,
    JoinConnections,
    SendToClient,
)
from stunwire import (
    Address,
    Class,
    ConnectionId,
    Lifetime,
    Method,
    MobilityTicket,
    RequestedTransport,
    XorPeerAddress,
    decode,
)

PEER = Address("192.0.1.7", 7000)


@pytest.fixture
def world(make_world):
    return make_world(mobility=Mobility.ON, tcp_relay=TcpRelay.ON)


@pytest.fixture
def control(world):
    control = world.client()
    control.transport = Transport.TCP
    return control


@pytest.fixture
def ticket(control) -> MobilityTicket:
    reply = control.request(Method.ALLOCATE, RequestedTransport(6), MobilityTicket(b""))
    control.permit(PEER.host)
    return reply.get(MobilityTicket)


def arrive(world, ticket: MobilityTicket):
    new = world.client("192.0.2.77", 50001)
    new.transport = Transport.TCP
    assert new.request(Method.REFRESH, ticket).cls is Class.SUCCESS
    return new


def attempt(world) -> FiveTuple | None:
    (number,) = (one.number for one in world.relay.state.registry.all())
    outputs = world.relay.receive_peer_connection(number, PEER, world.now)
    told = [output for output in outputs if isinstance(output, SendToClient)]
    for one in told:
        number = decode(one.data).get(ConnectionId).number
        world.relay.receive_peer_closed(number, world.now)
    return told[0].five_tuple if told else None


def test_peers_are_announced_at_the_old_place_until_a_request_comes_from_the_new(
    world, control, ticket
):
    new = arrive(world, ticket)
    assert new.request(Method.REFRESH, ticket).cls is Class.SUCCESS  # the same once more
    assert attempt(world) == control.five_tuple
    assert new.permit(PEER.host).cls is Class.SUCCESS
    assert attempt(world) == new.five_tuple


def test_bound_connections_stay_when_the_control_connection_is_lost(world, control, ticket):
    (wanted,) = control.raw(control.signed(Method.CONNECT, XorPeerAddress(PEER)))
    assert isinstance(wanted, ConnectToPeer)
    world.relay.receive_connected(wanted.connection, world.now)
    world.disconnect(control.five_tuple)
    assert attempt(world) is None
    data = world.client(port=40001)
    data.transport = Transport.TCP
    request = data.signed(Method.CONNECTION_BIND, ConnectionId(wanted.connection))
    assert isinstance(data.raw(request)[-1], JoinConnections)
    new = arrive(world, ticket)
    outputs = new.raw(new.signed(Method.REFRESH, Lifetime(0)))
    assert CloseDataConnection(data.five_tuple) in outputs


def test_an_answer_to_connect_goes_to_where_the_client_has_moved(world, control, ticket):
    (wanted,) = control.raw(control.signed(Method.CONNECT, XorPeerAddress(PEER)))
    world.disconnect(control.five_tuple)
    new = arrive(world, ticket)
    (answered,) = world.relay.receive_connected(wanted.connection, world.now)
    assert answered.five_tuple == new.five_tuple


@pytest.mark.parametrize("is_made", [True, False])
def test_nobody_gets_an_answer_in_the_place_of_a_client_that_is_away(
    world, control, ticket, is_made
):
    (wanted,) = control.raw(control.signed(Method.CONNECT, XorPeerAddress(PEER)))
    world.disconnect(control.five_tuple)
    heard = world.relay.receive_connected if is_made else world.relay.receive_connect_failed
    assert heard(wanted.connection, world.now) == []
    next_one = world.client()
    next_one.transport = Transport.TCP
    assert next_one.five_tuple == control.five_tuple
    assert not any(isinstance(one, SendToClient) for one in world.pass_time(60))
