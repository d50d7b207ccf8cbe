"""Binding requests: short answers everywhere, longer ones on a discovery server over UDP alone."""

import pytest

from relay.discovery import Quartet
from relay.requests import binding
from stunwire import (
    Address,
    ChangeRequest,
    ErrorCode,
    Message,
    Method,
    OtherAddress,
    XorMappedAddress,
    decode,
)

QUARTET = Quartet(Address("198.51.99.1", 3478), Address("198.51.99.2", 3479))


def test_a_relay_with_one_address_tells_the_mapped_address_alone(client):
    answer = client.ask(Message.request(Method.BINDING, b"t" * 12))
    assert answer.attributes == (XorMappedAddress(client.address),)


def test_a_relay_with_one_address_cannot_answer_from_elsewhere_and_says_420(client):
    request = Message.request(Method.BINDING, b"t" * 12, ChangeRequest(change_ip=True))
    assert client.ask(request).get(ErrorCode).code == 420


@pytest.mark.parametrize("wishes", [(), (ChangeRequest(),)])
def test_every_answer_is_counted(make_world, wishes):
    world = make_world(listen=QUARTET.members, quartet=QUARTET)
    client = world.client()
    answer = client.ask(Message.request(Method.BINDING, b"t" * 12, *wishes))
    assert answer.get(OtherAddress).address == QUARTET.alternate
    assert world.relay.counters().bindings == 1


def test_the_answers_are_made_without_the_core_too(make_world):
    world = make_world(listen=QUARTET.members, quartet=QUARTET)
    request = Message.request(Method.BINDING, b"t" * 12)
    five_tuple = _five_tuple(world)
    (output,) = binding.answer(request, five_tuple, world.relay.state, world.now)
    assert decode(output.data).transaction_id == b"t" * 12


def _five_tuple(world):
    from relay.fivetuple import FiveTuple

    return FiveTuple(world.client().address, QUARTET.primary)
