"""Counters: a copy that stands still, with the traffic of the living and of the dead."""

from relay import DropReason, Usage
from stunwire import Address

PEER = Address("192.0.1.7", 7000)


def test_usages_add_up():
    total = Usage(1, 2, 3, 4)
    total.add(Usage(10, 20, 30, 40))
    assert total == Usage(11, 22, 33, 44)


def test_traffic_is_counted_once_whether_its_allocation_lives_or_not(world):
    one, two = world.client(port=1), world.client(port=2)
    for client in (one, two):
        client.allocate()
        client.bind(0x4000, PEER)
        client.send_on(0x4000, b"12345")
    assert world.relay.counters().usage.to_peer_bytes == 10
    one.refresh(0)
    after = world.relay.counters()
    assert after.usage.to_peer_bytes == 10
    assert (after.allocations, after.allocations_opened) == (1, 2)


def test_a_copy_does_not_change_when_more_happens(client):
    before = client.world.relay.counters()
    client.raw(b"\xff")
    client.challenge()
    assert before.drops == {}
    assert before.refusals == {}
    assert client.world.relay.counters().drops == {DropReason.GARBAGE: 1}
