"""The checks on a held allocation: whose it is, which family, how much room."""

from relay.refusal import Refusal
from relay.requests.held import find_allocations, lacks_room, of_family
from relay.requests.request import Request
from stunwire import Address, Message, Method


def _request(client, allocation) -> Request:
    message = Message.request(Method.REFRESH, b"t" * 12)
    return Request(message, allocation.five_tuple, allocation.credential, client.world.now)


def test_the_owner_finds_the_allocation_and_a_peer_of_its_family_passes(client):
    client.allocate()
    state = client.world.relay.state
    (held,) = state.registry.all()
    assert find_allocations(_request(client, held), state) == (held,)
    assert of_family((held,), Address("192.0.1.7", 1)) is held
    assert of_family((held,), Address("2a00::7", 1)).code == 443


def test_nobody_finds_an_allocation_that_is_gone(client):
    client.allocate()
    state = client.world.relay.state
    (held,) = state.registry.all()
    client.refresh(0)
    found = find_allocations(_request(client, held), state)
    assert isinstance(found, Refusal)
    assert found.code == 437


def test_there_is_room_up_to_the_limit_and_508_beyond():
    assert lacks_room(3, 1, 4, "channels") is None
    assert lacks_room(4, 0, 4, "channels") is None
    refusal = lacks_room(4, 1, 4, "channels")
    assert refusal.code == 508
    assert "4 channels" in refusal.why
