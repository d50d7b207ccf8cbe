"""ChannelBind: a number stands for a peer for 600 seconds, and the permission lasts as long."""

import pytest

from relay import ChannelNumbers, Limits
from relay.channels import frame
from stunwire import (
    Address,
    ChannelData,
    ChannelNumber,
    Class,
    ErrorCode,
    Method,
    XorPeerAddress,
    decode_channel_data,
)

PEER = Address("192.0.1.7", 7000)
OTHER = Address("192.0.1.7", 7001)


def test_a_channel_carries_data_both_ways_without_a_permission_request(client):
    client.allocate()
    assert client.bind(0x4000, PEER).cls is Class.SUCCESS
    (sent,) = client.send_on(0x4000, b"hello")
    assert (sent.peer, sent.data) == (PEER, b"hello")
    assert decode_channel_data(client.hear(PEER, b"world")) == ChannelData(0x4000, b"world")


def test_a_channel_lasts_600_seconds(client):
    client.allocate()
    client.refresh(3600)
    client.bind(0x4000, PEER)
    client.world.pass_time(599.9)
    assert client.send_on(0x4000, b"x")
    client.world.pass_time(0.1)
    assert client.send_on(0x4000, b"x") == []
    assert client.hear(PEER, b"x") is None


def test_binding_again_refreshes_channel_and_permission(client):
    client.allocate()
    client.refresh(3600)
    client.bind(0x4000, PEER)
    client.world.pass_time(500)
    assert client.bind(0x4000, PEER).cls is Class.SUCCESS
    client.world.pass_time(599)
    assert client.send_on(0x4000, b"x")
    assert client.hear(PEER, b"x")


def test_a_client_that_only_rebinds_every_500_seconds_never_loses_a_packet(client):
    client.allocate()
    client.bind(0x4000, PEER)
    for second in range(0, 5000, 50):
        if second and second % 500 == 0:
            client.bind(0x4000, PEER)
            client.refresh(600)
        assert client.send_on(0x4000, b"x")
        assert client.hear(PEER, b"x")
        assert client.send(OTHER, b"x")  # the permission is for the host
        client.world.pass_time(50)


def test_an_earlier_end_of_the_permission_request_does_not_shorten_the_channels(client):
    client.allocate()
    client.bind(0x4000, PEER)
    client.permit(PEER.host)
    client.world.pass_time(400)
    assert client.hear(PEER, b"x")


@pytest.mark.parametrize("number", [0x0000, 0x3FFF, 0x5000, 0x7FFF, 0xFFFF])
def test_a_channel_number_outside_the_range_is_refused_with_400(client, number):
    client.allocate()
    assert client.bind(number, PEER).get(ErrorCode).code == 400


@pytest.mark.parametrize("number", [0x4000, 0x4FFF])
def test_both_ends_of_the_channel_range_are_bound(client, number):
    client.allocate()
    assert client.bind(number, PEER).cls is Class.SUCCESS
    assert client.send_on(number, b"x")


@pytest.mark.parametrize("number", [0x5000, 0x7FFF])
def test_a_relay_for_old_clients_binds_the_numbers_of_rfc_5766(make_world, number):
    client = make_world(channel_numbers=ChannelNumbers.OLD).client()
    client.allocate()
    assert client.bind(number, PEER).cls is Class.SUCCESS
    assert client.bind(0x8000, OTHER).get(ErrorCode).code == 400
    packet = frame(number, b"x")
    assert client.to_peers(client.raw(packet))[0].data == b"x"
    assert client.hear(PEER, b"x") == packet


@pytest.mark.parametrize("attribute", [ChannelNumber(0x4000), XorPeerAddress(PEER)])
def test_a_missing_channel_or_peer_is_refused_with_400(client, attribute):
    client.allocate()
    assert client.request(Method.CHANNEL_BIND, attribute).get(ErrorCode).code == 400


def test_a_channel_bound_to_another_peer_is_refused_with_400_and_stays(client):
    client.allocate()
    client.bind(0x4000, PEER)
    assert client.bind(0x4000, OTHER).get(ErrorCode).code == 400
    assert client.send_on(0x4000, b"x")[0].peer == PEER


def test_a_peer_bound_to_another_channel_is_refused_with_400_and_stays(client):
    client.allocate()
    client.bind(0x4000, PEER)
    assert client.bind(0x4001, PEER).get(ErrorCode).code == 400
    assert client.send_on(0x4001, b"x") == []


def test_two_ports_of_one_host_have_two_channels(client):
    client.allocate()
    client.bind(0x4000, PEER)
    assert client.bind(0x4001, OTHER).cls is Class.SUCCESS
    assert client.send_on(0x4001, b"x")[0].peer == OTHER


def test_an_expired_channel_number_may_stand_for_another_peer(client):
    client.allocate()
    client.refresh(3600)
    client.bind(0x4000, PEER)
    client.world.pass_time(600)
    client.nonce = None
    assert client.bind(0x4000, OTHER).cls is Class.SUCCESS
    assert client.send_on(0x4000, b"x")[0].peer == OTHER


def test_channel_bind_without_an_allocation_is_refused_with_437(client):
    assert client.bind(0x4000, PEER).get(ErrorCode).code == 437


def test_channel_bind_by_another_user_is_refused_with_441(client):
    client.allocate()
    assert client.world.client(user="bob").bind(0x4000, PEER).get(ErrorCode).code == 441


def test_a_peer_of_another_family_is_refused_with_443(client):
    client.allocate()
    assert client.bind(0x4000, Address("2a00::5", 1)).get(ErrorCode).code == 443


@pytest.mark.parametrize(
    "peer",
    [
        Address("127.0.0.1", 80),
        Address("10.0.0.1", 1),
        Address("192.0.1.7", 0),
        Address("198.51.99.1", 22),
    ],
)
def test_a_peer_that_policy_denies_is_refused_with_403(client, peer):
    client.allocate()
    assert client.bind(0x4000, peer).get(ErrorCode).code == 403


def test_one_channel_too_many_is_refused_with_508(make_world):
    client = make_world(limits=Limits(channels_per_allocation=1)).client()
    client.allocate()
    client.bind(0x4000, PEER)
    assert client.bind(0x4001, OTHER).get(ErrorCode).code == 508
    assert client.bind(0x4000, PEER).cls is Class.SUCCESS


def test_a_channel_that_would_need_one_permission_too_many_is_refused_with_508(make_world):
    client = make_world(limits=Limits(permissions_per_allocation=1)).client()
    client.allocate()
    client.permit("192.0.1.1")
    assert client.bind(0x4000, PEER).get(ErrorCode).code == 508
