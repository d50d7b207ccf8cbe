"""The registry: one place where allocations begin and end, and give back all they held."""

import pytest

from relay import Limits
from relay.outputs import AllocationEnded, CloseRelaySocket
from stunwire import Address

SERVER = Address("198.51.99.1", 3478)
PEER = Address("192.0.1.7", 7000)


@pytest.fixture
def registry(world):
    return world.relay.state.registry


def test_an_allocation_is_found_by_five_tuple_and_by_number(client, registry):
    client.allocate()
    (held,) = registry.all()
    assert registry.find(held.five_tuple) == (held,)
    assert registry.get(held.number) is held
    assert registry.find(held.five_tuple._replace(client=Address("192.0.2.1", 1))) == ()
    assert len(registry) == 1


def test_numbers_are_never_used_again(client, registry):
    numbers = []
    for _ in range(3):
        client.allocate()
        numbers.append(client.number)
        client.refresh(0)
    assert len(set(numbers)) == 3


def test_ending_closes_the_socket_tells_the_usage_and_empties_every_table(client, registry):
    client.allocate()
    client.bind(0x4000, PEER)
    client.send_on(0x4000, b"12345")
    (held,) = registry.all()
    client.world.now += 7.5
    close, news = registry.end(held, "because", client.world.now)
    assert close == CloseRelaySocket(held.number)
    assert isinstance(news, AllocationEnded)
    assert (news.user, news.why, news.lived, news.usage.to_peer_bytes) == (
        "alice",
        "because",
        7.5,
        5,
    )
    assert len(registry) == 0
    assert registry.held_by(held.credential.owner) == 0
    assert registry.next_deadline() is None
    assert client.world.relay.datapath.routes_to_peers(SERVER) == {}


def test_an_expiry_is_swept_at_its_deadline_and_not_before(client, registry):
    client.allocate()
    assert registry.next_deadline() == client.world.now + 600
    assert registry.sweep(client.world.now + 599.9) == []
    outputs = registry.sweep(client.world.now + 600)
    assert [type(o) for o in outputs] == [CloseRelaySocket, AllocationEnded]


def test_permissions_and_channels_are_swept_out_of_memory_too(client, registry):
    client.allocate()
    client.refresh(3600)
    client.permit("192.0.1.1")
    client.bind(0x4000, PEER)
    (held,) = registry.all()
    client.world.pass_time(300)
    assert list(held.permissions) == [PEER.host]
    client.world.pass_time(300)
    assert (held.permissions, held.channels, held.channel_of) == ({}, {}, {})


def test_refreshing_over_and_over_does_not_make_the_list_of_deadlines_grow(client, registry):
    client.allocate()
    for n in range(300):
        client.refresh(600 if n % 2 else 3600)
        client.permit("192.0.1.1")
        client.bind(0x4000, PEER)
        client.world.now += 0.1
    assert len(registry.deadlines) <= 4


def test_quotas_count_allocations_that_are_being_opened(make_world):
    world = make_world(limits=Limits(allocations_per_user=1))
    first, second = world.client(port=1), world.client(port=2)
    second.challenge()
    codes = []
    world.busy = lambda address: codes.append(second.allocate().attributes[0].code) and False
    first.allocate()  # while its socket is being bound, the second one asks
    assert codes == [486]
