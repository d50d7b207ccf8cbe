"""ConnectionBind: whose connections may be bound to which (RFC 6062 §5.4)."""

from dataclasses import replace

import pytest

from relay import Limits, PeerPolicy, TcpRelay
from relay.fivetuple import Transport
from relay.outputs import (
    CloseDataConnection,
    ClosePeerConnection,
    ConnectToPeer,
    JoinConnections,
    SendToClient,
)
from stunwire import (
    Address,
    ChannelNumber,
    Class,
    ConnectionId,
    ErrorCode,
    EvenPort,
    Lifetime,
    Method,
    RequestedTransport,
    ReservationToken,
    XorPeerAddress,
    decode,
)

PEER = Address("8.8.8.8", 80)


@pytest.fixture
def world(make_world):
    return make_world(tcp_relay=TcpRelay.ON)


def connect(world, port: int, user: str = "alice"):
    client = world.client(port=port, user=user)
    client.transport = Transport.TCP
    return client


@pytest.fixture
def control(world):
    control = connect(world, 40000)
    assert control.request(Method.ALLOCATE, RequestedTransport(6)).cls is Class.SUCCESS
    return control


@pytest.fixture
def number(world, control) -> int:
    """The number of a connection that is pending."""
    (wanted,) = control.raw(control.signed(Method.CONNECT, XorPeerAddress(PEER)))
    assert isinstance(wanted, ConnectToPeer)
    world.relay.receive_connected(wanted.connection, world.now)
    return wanted.connection


def bind(client, number: int):
    return client.raw(client.signed(Method.CONNECTION_BIND, ConnectionId(number)))


def code(client, *attributes) -> int:
    return client.request(Method.CONNECTION_BIND, *attributes).get(ErrorCode).code


def test_a_bound_connection_is_joined_after_the_answer_and_outlasts_30_seconds(world, number):
    data = connect(world, 40001)
    answered, joined = bind(data, number)
    assert isinstance(answered, SendToClient)
    assert decode(answered.data).cls is Class.SUCCESS
    assert isinstance(joined, JoinConnections)
    assert (joined.connection, joined.client) == (number, data.five_tuple)
    assert world.pass_time(60) == []


def test_the_nonce_of_the_control_connection_is_good_for_its_data_connections(
    world, control, number
):
    data = connect(world, 40001)
    data.nonce = control.nonce
    assert isinstance(bind(data, number)[-1], JoinConnections)


def test_the_nonce_of_another_connection_is_stale_438_where_no_connection_is_named(world, control):
    data = connect(world, 40001)
    data.nonce = control.nonce
    (answered,) = bind(data, 1)
    assert decode(answered.data).get(ErrorCode).code == 438


def test_binding_over_udp_is_refused_with_400(world, number):
    assert code(world.client(port=40001), ConnectionId(number)) == 400


def test_binding_without_a_connection_id_is_refused_with_400(world, number):
    assert code(connect(world, 40001)) == 400


def test_binding_an_unknown_connection_is_refused_with_400(world, number):
    assert code(connect(world, 40001), ConnectionId(number ^ 1)) == 400


def test_binding_a_second_time_is_refused_with_400(world, number):
    bind(connect(world, 40001), number)
    assert code(connect(world, 40002), ConnectionId(number)) == 400


def test_binding_a_connection_that_is_being_made_is_refused_with_400(world, control):
    (wanted,) = control.raw(control.signed(Method.CONNECT, XorPeerAddress(PEER)))
    assert code(connect(world, 40001), ConnectionId(wanted.connection)) == 400


def test_binding_the_control_connection_is_refused_with_400(control, number):
    assert code(control, ConnectionId(number)) == 400


def test_binding_another_users_connection_is_refused_with_441(world, number):
    assert code(connect(world, 40001, "bob"), ConnectionId(number)) == 441


def test_a_peer_that_closes_takes_the_clients_end_with_it(world, number):
    data = connect(world, 40001)
    bind(data, number)
    outputs = world.relay.receive_peer_closed(number, world.now)
    assert outputs == [ClosePeerConnection(number), CloseDataConnection(data.five_tuple)]
    assert world.disconnect(data.five_tuple) == []
    assert world.relay.receive_peer_closed(number, world.now) == []


def test_a_client_that_closes_takes_the_peers_end_with_it(world, number):
    data = connect(world, 40001)
    bind(data, number)
    assert world.disconnect(data.five_tuple) == [ClosePeerConnection(number)]


def test_both_ends_close_with_the_allocation(world, control, number):
    data = connect(world, 40001)
    bind(data, number)
    outputs = control.raw(control.signed(Method.REFRESH, Lifetime(0)))
    assert ClosePeerConnection(number) in outputs
    assert CloseDataConnection(data.five_tuple) in outputs


def test_channel_bind_over_tcp_is_refused_with_403(control):
    reply = control.request(Method.CHANNEL_BIND, ChannelNumber(0x4000), XorPeerAddress(PEER))
    assert reply.get(ErrorCode).code == 403


def test_send_indications_over_tcp_are_dropped(control):
    control.permit(PEER.host)
    assert control.send(PEER, b"data") == []


@pytest.mark.parametrize("kind", [EvenPort(), ReservationToken(bytes(8))])
def test_what_an_allocation_over_tcp_cannot_have_is_refused_with_400(world, kind):
    reply = connect(world, 40009).request(Method.ALLOCATE, RequestedTransport(6), kind)
    assert reply.get(ErrorCode).code == 400


def test_a_reload_gives_a_bound_connection_the_new_limit_and_counts_it_with_its_user(
    world, control, number
):
    joined = bind(connect(world, 40001), number)[-1]
    (held,) = world.relay.state.registry.all()
    assert joined.meter.usage is held.usage
    assert joined.meter.allowance is None
    limited = replace(world.settings, limits=Limits(bandwidth_per_user=10))
    assert world.relay.reload(limited, world.now) == []
    assert joined.meter.allowance is held.allowance is not None


def test_a_reload_that_denies_the_peer_closes_both_ends(world, number):
    data = connect(world, 40001)
    bind(data, number)
    denied = replace(world.settings, peers=PeerPolicy(deny=("8.8.8.8/32",)))
    outputs = world.relay.reload(denied, world.now)
    assert outputs == [ClosePeerConnection(number), CloseDataConnection(data.five_tuple)]
    assert len(world.relay.state.registry.connections) == 0


def test_a_reload_that_denies_the_peer_refuses_a_connection_that_is_being_made_with_403(
    world, control
):
    (wanted,) = control.raw(control.signed(Method.CONNECT, XorPeerAddress(PEER)))
    denied = replace(world.settings, peers=PeerPolicy(deny=("8.8.8.8/32",)))
    closed, answered, _ = world.relay.reload(denied, world.now)
    assert closed == ClosePeerConnection(wanted.connection)
    assert decode(answered.data).get(ErrorCode).code == 403
    assert world.relay.receive_connected(wanted.connection, world.now) == []


def test_a_reload_leaves_connections_with_others_alone(world, number):
    other = replace(world.settings, peers=PeerPolicy(deny=("8.8.4.4/32",)))
    assert world.relay.reload(other, world.now) == []
    assert isinstance(bind(connect(world, 40001), number)[-1], JoinConnections)
