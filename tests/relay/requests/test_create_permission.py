"""CreatePermission: for 300 seconds a host may send to the client, and the client to it."""

import pytest

from relay import Limits, PeerPolicy
from stunwire import Address, Class, ErrorCode, Method, RequestedAddressFamily, XorPeerAddress

PEER = Address("192.0.1.7", 7000)


def test_a_permission_opens_both_ways_for_every_port_of_the_host(client):
    client.allocate()
    assert client.send(PEER, b"x") == []
    assert client.hear(PEER, b"x") is None
    assert client.permit(PEER.host).cls is Class.SUCCESS
    assert client.send(PEER, b"x")
    assert client.send(Address(PEER.host, 9), b"x")
    assert client.hear(Address(PEER.host, 1234), b"x")
    assert client.hear(Address("192.0.1.8", 7000), b"x") is None


def test_a_permission_lasts_300_seconds(client):
    client.allocate()
    client.permit(PEER.host)
    client.world.pass_time(299.9)
    assert client.send(PEER, b"x")
    client.world.pass_time(0.1)
    assert client.send(PEER, b"x") == []
    assert client.hear(PEER, b"x") is None


def test_packets_do_not_refresh_a_permission_whichever_way_they_go(client):
    client.allocate()
    client.permit(PEER.host)
    client.world.pass_time(200)
    client.send(PEER, b"x")
    client.hear(PEER, b"x")
    client.world.pass_time(100)
    assert client.send(PEER, b"x") == []


def test_create_permission_refreshes_a_permission(client):
    client.allocate()
    client.permit(PEER.host)
    client.world.pass_time(200)
    client.permit(PEER.host)
    client.world.pass_time(299)
    assert client.send(PEER, b"x")


def test_several_permissions_are_given_at_once(client):
    client.allocate()
    assert client.permit("192.0.1.7", "192.0.1.8").cls is Class.SUCCESS
    assert client.send(Address("192.0.1.8", 1), b"x")


def test_create_permission_without_a_peer_is_refused_with_400(client):
    client.allocate()
    assert client.request(Method.CREATE_PERMISSION).get(ErrorCode).code == 400


def test_create_permission_without_an_allocation_is_refused_with_437(client):
    assert client.permit(PEER.host).get(ErrorCode).code == 437


def test_create_permission_by_another_user_is_refused_with_441(client):
    client.allocate()
    assert client.world.client(user="bob").permit(PEER.host).get(ErrorCode).code == 441


def test_a_peer_of_another_family_is_refused_with_443(client):
    client.allocate()
    assert client.permit("2a00::5").get(ErrorCode).code == 443


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "192.168.1.1"]
)
def test_a_peer_that_policy_denies_is_refused_with_403(client, host):
    client.allocate()
    assert client.permit(host).get(ErrorCode).code == 403


@pytest.mark.parametrize(
    "host", ["::1", "::ffff:127.0.0.1", "::127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1"]
)
def test_an_ipv4_address_in_ipv6_clothes_is_refused_with_403_on_an_ipv6_allocation(
    make_world, host
):
    world = make_world(listen=(Address("198.51.99.1", 3478), Address("2a00::1", 3478)))
    client = world.client()
    client.allocate(RequestedAddressFamily(2))
    assert client.permit(host).get(ErrorCode).code == 403
    assert client.permit("2a00::7").cls is Class.SUCCESS


def test_one_denied_peer_refuses_the_whole_request_with_403(client):
    client.allocate()
    assert client.permit(PEER.host, "10.0.0.1").get(ErrorCode).code == 403
    assert client.send(PEER, b"x") == []


def test_an_allowed_network_is_permitted(make_world):
    client = make_world(peers=PeerPolicy(allow=("10.0.0.0/8",))).client()
    client.allocate()
    assert client.permit("10.0.0.1").cls is Class.SUCCESS


def test_one_permission_too_many_is_refused_with_508_and_a_refresh_of_one_held_is_not(make_world):
    client = make_world(limits=Limits(permissions_per_allocation=2)).client()
    client.allocate()
    client.permit("192.0.1.1", "192.0.1.2")
    assert client.permit("192.0.1.3").get(ErrorCode).code == 508
    assert client.permit("192.0.1.2").cls is Class.SUCCESS
    client.world.pass_time(300)
    assert client.permit("192.0.1.3").cls is Class.SUCCESS


def test_the_same_host_twice_counts_once(make_world):
    client = make_world(limits=Limits(permissions_per_allocation=1)).client()
    client.allocate()
    peers = (XorPeerAddress(Address("192.0.1.1", port)) for port in (1, 2))
    assert client.request(Method.CREATE_PERMISSION, *peers).cls is Class.SUCCESS
