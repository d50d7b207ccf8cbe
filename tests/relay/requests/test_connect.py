"""Connect requests and peers that connect (RFC 6062 §5.2, §5.3)."""

import pytest

from relay import DropReason, Limits, TcpRelay
from relay.fivetuple import Transport
from relay.outputs import (
    AcceptPeer,
    ClosePeerConnection,
    ConnectToPeer,
    OpenRelaySocket,
    SendToClient,
)
from stunwire import (
    Address,
    Class,
    ConnectionId,
    ErrorCode,
    Method,
    RequestedTransport,
    XorPeerAddress,
    XorRelayedAddress,
    decode,
)

PEER = Address("8.8.8.8", 80)
ANOTHER = Address("8.8.4.4", 80)


@pytest.fixture
def world(make_world):
    return make_world(tcp_relay=TcpRelay.ON, limits=Limits(connections_per_allocation=2))


@pytest.fixture
def client(world):
    client = world.client()
    client.transport = Transport.TCP
    reply = client.request(Method.ALLOCATE, RequestedTransport(6))
    client.relayed = reply.get(XorRelayedAddress).address
    client.number = [o for o in world.outputs if isinstance(o, OpenRelaySocket)][-1].allocation
    return client


def begin(client, peer: Address = PEER) -> int:
    """Ask for a connection that is not answered at once, and return its number."""
    outputs = client.raw(client.signed(Method.CONNECT, XorPeerAddress(peer)))
    (wanted,) = outputs
    assert wanted == ConnectToPeer(client.number, wanted.connection, peer)
    return wanted.connection


def replies(outputs) -> list:
    return [decode(o.data) for o in outputs if isinstance(o, SendToClient)]


def refusal(client, *attributes) -> int:
    return client.request(Method.CONNECT, *attributes).get(ErrorCode).code


def test_a_connection_that_is_made_is_answered_with_its_connection_id(world, client):
    number = begin(client)
    (reply,) = replies(world.relay.receive_connected(number, world.now))
    assert (reply.cls, reply.get(ConnectionId).number) == (Class.SUCCESS, number)
    assert reply.verify(client.key, client.integrity)


def test_connect_needs_no_permission(world, client):
    assert begin(client, ANOTHER)


def test_connect_without_an_allocation_is_refused_with_437(world):
    stranger = world.client(port=40001)
    stranger.transport = Transport.TCP
    assert refusal(stranger, XorPeerAddress(PEER)) == 437


def test_connect_of_another_user_is_refused_with_441(world, client):
    bob = world.client(user="bob")
    bob.transport = Transport.TCP
    assert refusal(bob, XorPeerAddress(PEER)) == 441


def test_connect_without_a_peer_is_refused_with_400(client):
    assert refusal(client) == 400


def test_connect_on_an_allocation_over_udp_is_refused_with_403(world):
    client = world.client(port=40002)
    client.transport = Transport.TCP
    client.allocate()
    assert refusal(client, XorPeerAddress(PEER)) == 403


def test_connect_to_a_peer_of_another_family_is_refused_with_443(client):
    assert refusal(client, XorPeerAddress(Address("2606:4700:4700::1111", 80))) == 443


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "0.0.0.0", "169.254.169.254"])
def test_connect_to_an_internal_peer_is_refused_with_403(client, host):
    assert refusal(client, XorPeerAddress(Address(host, 80))) == 403


def test_connect_to_port_0_is_refused_with_403(client):
    assert refusal(client, XorPeerAddress(Address(PEER.host, 0))) == 403


def test_connect_to_the_relays_own_udp_port_is_refused_with_403_and_to_its_tcp_port_is_not(
    world, client
):
    other = world.client(port=40003)
    other.allocate()
    assert refusal(client, XorPeerAddress(other.relayed)) == 403
    tcp = world.client(port=40004)
    tcp.transport = Transport.TCP
    relayed = tcp.request(Method.ALLOCATE, RequestedTransport(6)).get(XorRelayedAddress).address
    assert begin(client, relayed)


def test_a_second_connect_to_a_peer_is_refused_with_446_while_the_first_is_tried(client):
    begin(client)
    assert refusal(client, XorPeerAddress(PEER)) == 446


def test_a_second_connect_to_a_peer_is_refused_with_446_while_the_first_is_pending(world, client):
    world.relay.receive_connected(begin(client), world.now)
    assert refusal(client, XorPeerAddress(PEER)) == 446


def test_a_connection_that_fails_is_answered_with_447_and_may_be_tried_again(world, client):
    (reply,) = replies(world.relay.receive_connect_failed(begin(client), world.now))
    assert reply.get(ErrorCode).code == 447
    assert begin(client)


def test_a_peer_that_does_not_answer_for_30_seconds_is_answered_with_447(world, client):
    number = begin(client)
    assert replies(world.pass_time(29.9)) == []
    outputs = world.pass_time(0.2)
    assert ClosePeerConnection(number) in outputs
    assert [reply.get(ErrorCode).code for reply in replies(outputs)] == [447]
    assert world.relay.receive_connected(number, world.now) == []
    assert world.relay.receive_connect_failed(number, world.now) == []


def test_a_connection_that_nobody_binds_for_30_seconds_is_closed(world, client):
    number = begin(client)
    world.pass_time(20)
    world.relay.receive_connected(number, world.now)
    assert world.pass_time(29.9) == []
    assert world.pass_time(0.2) == [ClosePeerConnection(number)]


def test_a_connection_over_the_quota_is_refused_with_508(client):
    begin(client)
    begin(client, ANOTHER)
    assert refusal(client, XorPeerAddress(Address("8.8.8.8", 81))) == 508


def test_a_connection_ends_with_its_allocation(world, client):
    number = begin(client)
    assert ClosePeerConnection(number) in world.disconnect(client.five_tuple)
    assert world.relay.next_deadline() is None


def test_a_peer_with_a_permission_that_connects_is_told_of(world, client):
    client.permit(PEER.host)
    kept, told = world.relay.receive_peer_connection(client.number, PEER, world.now)
    assert isinstance(kept, AcceptPeer)
    message = decode(told.data)
    assert (message.cls, message.method) == (Class.INDICATION, Method.CONNECTION_ATTEMPT)
    assert message.get(ConnectionId).number == kept.connection
    assert message.get(XorPeerAddress).address == PEER
    assert told.five_tuple == client.five_tuple
    assert world.pass_time(30) == [ClosePeerConnection(kept.connection)]


def test_a_peer_without_a_permission_is_closed_at_once(world, client):
    assert world.relay.receive_peer_connection(client.number, PEER, world.now) == []
    assert world.relay.counters().drops == {DropReason.NO_PERMISSION: 1}


def test_a_peer_beyond_the_quota_is_closed_at_once(world, client):
    client.permit(PEER.host)
    for port in (1, 2):
        peer = Address(PEER.host, port)
        assert world.relay.receive_peer_connection(client.number, peer, world.now)
    assert world.relay.receive_peer_connection(client.number, PEER, world.now) == []
    assert world.relay.counters().drops == {DropReason.TOO_MANY_OF_PEERS: 1}


def test_a_peer_of_an_allocation_that_is_gone_is_closed_at_once(world, client):
    world.disconnect(client.five_tuple)
    assert world.relay.receive_peer_connection(client.number, PEER, world.now) == []


def test_without_the_switch_connect_is_no_method(make_world):
    world = make_world()
    client = world.client()
    client.transport = Transport.TCP
    reply = client.request(Method.ALLOCATE, RequestedTransport(6))
    assert reply.get(ErrorCode).code == 442
    outputs = client.raw(client.signed(Method.CONNECT, XorPeerAddress(PEER)))
    assert replies(outputs) == []


def test_an_allocation_over_tcp_for_a_client_over_udp_is_refused_with_400(world):
    client = world.client(port=40005)
    assert client.request(Method.ALLOCATE, RequestedTransport(6)).get(ErrorCode).code == 400
