"""Packets between client and peer: what passes, in which dress, and what is dropped for which reason."""

import pytest

from relay import DropReason, PeerPolicy, Reach
from relay.outputs import SendToClient
from stunwire import (
    Address,
    ChannelData,
    Class,
    Data,
    DontFragment,
    Message,
    Method,
    UnknownAttribute,
    XorPeerAddress,
    decode,
    decode_channel_data,
)

PEER = Address("192.0.1.7", 7000)


def _drops(client) -> dict[DropReason, int]:
    return dict(client.world.relay.counters().drops)


def _indication(client, *attributes):
    message = Message.indication(Method.SEND, client.world.transaction_id(), *attributes)
    return client.to_peers(client.raw(message.encode()))


def test_a_send_indication_goes_to_its_peer_from_the_allocation(client):
    client.allocate()
    client.permit(PEER.host)
    (sent,) = client.send(PEER, b"hello")
    assert (sent.allocation, sent.peer, sent.data) == (client.number, PEER, b"hello")


def test_an_empty_payload_is_sent_too(client):
    client.allocate()
    client.permit(PEER.host)
    assert client.send(PEER, b"")[0].data == b""
    client.bind(0x4000, PEER)
    assert client.send_on(0x4000, b"")[0].data == b""
    assert client.hear(PEER, b"") == ChannelData(0x4000, b"").encode()


def test_a_peers_packet_becomes_a_data_indication_with_the_peer_in_it(client):
    client.allocate()
    client.permit(PEER.host)
    message = decode(client.hear(PEER, b"hello"))
    assert (message.method, message.cls) == (Method.DATA, Class.INDICATION)
    assert message.get(XorPeerAddress).address == PEER
    assert message.get(Data).value == b"hello"


def test_data_indications_have_different_transaction_ids(client):
    client.allocate()
    client.permit(PEER.host)
    ids = {decode(client.hear(PEER, b"x")).transaction_id for _ in range(5)}
    assert len(ids) == 5


def test_a_peers_packet_takes_the_channel_where_there_is_one(client):
    client.allocate()
    client.bind(0x4ABC, PEER)
    assert decode_channel_data(client.hear(PEER, b"x")) == ChannelData(0x4ABC, b"x")
    other_port = decode(client.hear(Address(PEER.host, 1), b"x"))
    assert other_port.method == Method.DATA


@pytest.mark.parametrize("attributes", [(), (XorPeerAddress(PEER),), (Data(b"x"),)])
def test_a_send_indication_without_peer_or_data_is_dropped(client, attributes):
    client.allocate()
    client.permit(PEER.host)
    assert _indication(client, *attributes) == []
    assert _drops(client) == {DropReason.INCOMPLETE: 1}


@pytest.mark.parametrize("attribute", [DontFragment(), UnknownAttribute(0x7ABC, b"")])
def test_a_send_indication_with_what_is_not_understood_is_dropped(client, attribute):
    client.allocate()
    client.permit(PEER.host)
    assert client.send(PEER, b"x", attribute) == []
    assert _drops(client) == {DropReason.UNKNOWN_ATTRIBUTE: 1}


def test_a_send_indication_without_an_allocation_is_dropped(client):
    assert client.send(PEER, b"x") == []
    assert _drops(client) == {DropReason.NO_ALLOCATION: 1}


def test_a_send_indication_without_a_permission_is_dropped(client):
    client.allocate()
    assert client.send(PEER, b"x") == []
    assert _drops(client) == {DropReason.NO_PERMISSION: 1}


def test_a_send_indication_to_another_family_is_dropped(client):
    client.allocate()
    assert client.send(Address("2a00::5", 1), b"x") == []
    assert _drops(client) == {DropReason.FORBIDDEN_PEER: 1}


def test_a_packet_without_a_permission_is_dropped(client):
    client.allocate()
    assert client.hear(PEER, b"x") is None
    assert _drops(client) == {DropReason.NO_PERMISSION: 1}


def test_channel_data_without_a_channel_or_an_allocation_is_dropped(client):
    client.send_on(0x4000, b"x")
    client.allocate()
    client.send_on(0x4000, b"x")
    assert _drops(client) == {DropReason.NO_ALLOCATION: 1, DropReason.NO_CHANNEL: 1}


def test_channel_data_that_announces_more_than_there_is_sends_nothing(client):
    client.allocate()
    client.bind(0x4000, PEER)
    assert client.to_peers(client.raw(bytes.fromhex("4000 8ab6") + b"short")) == []
    assert _drops(client) == {DropReason.MALFORMED: 1}


def test_bytes_behind_the_announced_length_are_padding_and_are_not_sent(client):
    client.allocate()
    client.bind(0x4000, PEER)
    (sent,) = client.to_peers(client.raw(bytes.fromhex("4000 0002") + b"ab\0\0"))
    assert sent.data == b"ab"


def test_a_peer_that_left_the_internet_behind_the_permission_is_still_judged_packet_by_packet(
    make_world,
):
    # The host is permitted, because it is the relay's own and its ports are judged later.
    client = make_world().client()
    client.allocate()
    own = client.relayed.host
    assert client.permit(own).cls is Class.SUCCESS
    assert client.send(Address(own, 22), b"x") == []
    assert client.send(Address(own, 3478), b"x") == []
    assert client.hear(Address(own, 22), b"x") is None
    assert _drops(client) == {DropReason.FORBIDDEN_PEER: 3}


def test_two_clients_of_one_relay_reach_each_other(make_world):
    world = make_world()
    one, two = world.client(port=1), world.client(port=2, user="bob")
    one.allocate()
    two.allocate()
    assert one.bind(0x4000, two.relayed).cls is Class.SUCCESS
    two.permit(one.relayed.host)
    (sent,) = one.send_on(0x4000, b"x")
    assert sent.peer == two.relayed
    heard = decode(two.hear(one.relayed, sent.data))
    assert heard.get(XorPeerAddress).address == one.relayed


def test_two_clients_behind_a_one_to_one_nat_meet_on_the_bound_address(make_world):
    world = make_world(relay_address="10.0.0.5", external_address="198.51.99.77")
    one, two = world.client(port=1), world.client(port=2, user="bob")
    one.allocate()
    two.allocate()
    assert one.bind(0x4000, two.relayed).cls is Class.SUCCESS
    two.permit(one.relayed.host)
    (sent,) = one.send_on(0x4000, b"x")
    assert sent.peer == Address("10.0.0.5", two.relayed.port)  # not through the NAT
    arriving = Address("10.0.0.5", one.relayed.port)
    assert decode(two.hear(arriving, b"x")).get(XorPeerAddress).address == one.relayed
    assert (
        one.hear(Address("10.0.0.5", two.relayed.port), b"x") == ChannelData(0x4000, b"x").encode()
    )


def test_local_peers_pass_where_the_switch_is_on(make_world):
    client = make_world(peers=PeerPolicy(reach=Reach.LOCAL)).client()
    client.allocate()
    client.permit("192.168.1.7")
    assert client.send(Address("192.168.1.7", 5), b"x")
    assert client.hear(Address("192.168.1.7", 5), b"x")


def test_usage_counts_payload_bytes_both_ways(client):
    client.allocate()
    client.bind(0x4000, PEER)
    client.send_on(0x4000, b"12345")
    client.hear(PEER, b"123")
    client.hear(Address(PEER.host, 1), b"1")
    usage = client.world.relay.counters().usage
    assert (usage.to_peer_packets, usage.to_peer_bytes) == (1, 5)
    assert (usage.to_client_packets, usage.to_client_bytes) == (2, 4)


def test_what_is_sent_to_the_client_goes_to_its_five_tuple(client):
    client.allocate()
    client.permit(PEER.host)
    outputs = client.world.receive_from_peer(client.number, b"x", PEER)
    (sent,) = [o for o in outputs if isinstance(o, SendToClient)]
    assert sent.five_tuple.client == client.address
