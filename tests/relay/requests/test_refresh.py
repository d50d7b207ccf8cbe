"""Refresh: an allocation lives on, or ends, or was never there."""

import pytest

from relay.outputs import AllocationEnded
from stunwire import Address, Class, ErrorCode, Lifetime, Method, RequestedAddressFamily

PEER = Address("192.0.1.7", 7000)


def test_refresh_gives_another_lifetime_from_now_on(client):
    client.allocate()
    client.world.pass_time(599)
    assert client.refresh(700).get(Lifetime).seconds == 700
    client.world.pass_time(699)
    assert client.world.relay.counters().allocations == 1
    client.world.pass_time(1)
    assert client.world.relay.counters().allocations == 0


def test_refresh_without_a_lifetime_gives_the_default(client):
    client.allocate(Lifetime(3600))
    assert client.request(Method.REFRESH).get(Lifetime).seconds == 600


@pytest.mark.parametrize(("asked", "granted"), [(1, 600), (3601, 3600), (2**32 - 1, 3600)])
def test_refresh_grants_between_the_default_and_the_cap(client, asked, granted):
    client.allocate()
    assert client.refresh(asked).get(Lifetime).seconds == granted


def test_refresh_with_zero_ends_the_allocation_and_says_so(client):
    client.allocate()
    assert client.refresh(0).get(Lifetime).seconds == 0
    assert client.world.closed == [client.number]
    assert [o.why for o in client.world.outputs if isinstance(o, AllocationEnded)] == [
        "the client ended it"
    ]
    assert client.send_on(0x4000, b"x") == []


def test_refresh_without_an_allocation_is_refused_with_437(client):
    for lifetime in (0, 600):
        assert client.refresh(lifetime).get(ErrorCode).code == 437


def test_refresh_of_an_expired_allocation_is_refused_with_437(client):
    client.allocate()
    client.world.now += 600  # no timer has fired: the packet itself must find it gone
    client.nonce = None
    assert client.refresh(600).get(ErrorCode).code == 437
    assert client.world.closed == [client.number]


def test_refresh_by_another_user_is_refused_with_441(client):
    client.allocate()
    thief = client.world.client(user="bob")
    assert thief.refresh(0).get(ErrorCode).code == 441
    assert client.world.relay.counters().allocations == 1


def test_refresh_that_names_another_family_is_refused_with_443(client):
    client.allocate()
    reply = client.request(Method.REFRESH, RequestedAddressFamily(2))
    assert reply.get(ErrorCode).code == 443
    assert client.request(Method.REFRESH, RequestedAddressFamily(1)).cls is Class.SUCCESS


def test_a_shorter_refresh_shortens_the_allocation(client):
    client.allocate(Lifetime(3600))
    client.refresh(600)
    client.world.pass_time(600)
    assert client.world.relay.counters().allocations == 0


def test_refresh_leaves_channels_and_permissions_as_they_are(client):
    client.allocate()
    client.bind(0x4000, PEER)
    client.world.pass_time(300)
    client.refresh(3600)
    client.world.pass_time(299)
    assert client.send_on(0x4000, b"x")
    client.world.pass_time(1)
    assert not client.send_on(0x4000, b"x")
