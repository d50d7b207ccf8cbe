"""Five-tuples as keys."""

from relay.fivetuple import FiveTuple, Transport
from stunwire import Address


def test_a_five_tuple_made_of_plain_tuples_is_the_same_key():
    client, server = Address("192.0.2.1", 5), Address("192.0.2.2", 3478)
    assert {FiveTuple(client, server): 1}[FiveTuple(("192.0.2.1", 5), ("192.0.2.2", 3478))] == 1


def test_the_server_address_tells_five_tuples_apart():
    client = Address("192.0.2.1", 5)
    one = FiveTuple(client, Address("192.0.2.2", 3478))
    assert one != FiveTuple(client, Address("192.0.2.2", 3479))
    assert one.transport is Transport.UDP


def test_the_transport_tells_five_tuples_apart():
    client, server = Address("192.0.2.1", 5), Address("192.0.2.2", 3478)
    assert len({FiveTuple(client, server, transport) for transport in Transport}) == len(Transport)
