"""Tickets in requests: who gets one, what it is good for, and how it is refused (RFC 8016 §3)."""

from dataclasses import replace

import pytest

from relay import Limits, Mobility, TcpRelay
from relay.fivetuple import Transport
from stunwire import (
    AdditionalAddressFamily,
    Address,
    Class,
    ErrorCode,
    Lifetime,
    Method,
    MobilityTicket,
    RequestedAddressFamily,
    RequestedTransport,
    mint,
)

WISH = MobilityTicket(b"")


@pytest.fixture
def world(make_world):
    return make_world(mobility=Mobility.ON)


@pytest.fixture
def ticket(client) -> MobilityTicket:
    return client.allocate(WISH).get(MobilityTicket)


def elsewhere(world, port: int = 50000, user: str = "alice", **how):
    client = world.client("192.0.2.77", port, user)
    for name, value in how.items():
        setattr(client, name, value)
    return client


def code(reply) -> int:
    return reply.get(ErrorCode).code


def show(client, ticket: MobilityTicket, *more, **how):
    return client.request(Method.REFRESH, *more, ticket, **how)


def test_an_allocate_that_asks_gets_a_ticket_and_no_other_does(world, ticket):
    assert len(ticket.value) == 32
    assert world.client(port=40001).allocate().get(MobilityTicket) is None


def test_a_wish_is_refused_with_405_where_mobility_is_off(make_world):
    client = make_world().client()
    assert code(client.allocate(WISH)) == 405
    assert client.allocate().cls is Class.SUCCESS


def test_a_wish_that_is_not_empty_is_refused_with_400(client):
    assert code(client.allocate(MobilityTicket(b"x"))) == 400


def test_a_ticket_is_taken_from_another_address_and_answered_with_another_ticket(world, ticket):
    reply = show(elsewhere(world), ticket, Lifetime(900))
    assert reply.cls is Class.SUCCESS
    assert reply.get(Lifetime).seconds == 900
    assert reply.get(MobilityTicket) not in (None, ticket)
    world.pass_time(899)
    assert world.relay.counters().allocations == 1


def test_each_ticket_is_good_once_and_its_repetition_gets_the_same_answer(world, ticket):
    first, second = elsewhere(world), elsewhere(world, 50001)
    new = show(first, ticket).get(MobilityTicket)
    assert show(first, ticket).get(MobilityTicket) == new
    assert code(show(second, ticket)) == 437
    assert show(second, new).get(MobilityTicket) not in (None, ticket, new)
    assert code(show(first, ticket)) == 437


def test_a_ticket_is_refused_with_400_where_the_client_is_already(world, client, ticket):
    assert code(show(client, ticket)) == 400
    moved = elsewhere(world)
    new = show(moved, ticket).get(MobilityTicket)
    assert code(show(moved, new)) == 400


def test_a_ticket_that_was_not_made_here_is_refused_with_400(world, ticket):
    for value in (b"", b"x", b"A" * 32):
        assert code(show(elsewhere(world), MobilityTicket(value))) == 400


def test_a_ticket_of_an_allocation_that_is_gone_is_refused_with_437(world, client, ticket):
    client.refresh(0)
    assert code(show(elsewhere(world), ticket)) == 437


def test_another_users_ticket_is_refused_with_441(world, ticket):
    assert code(show(elsewhere(world, user="bob"), ticket)) == 441
    assert show(elsewhere(world), ticket).cls is Class.SUCCESS


def test_a_ticket_is_refused_with_437_where_there_is_another_allocation(world, ticket):
    busy = elsewhere(world)
    busy.allocate()
    assert code(show(busy, ticket)) == 437


def test_a_ticket_is_refused_with_405_when_a_reload_has_forbidden_mobility(world, ticket):
    world.relay.reload(replace(world.settings, mobility=Mobility.OFF), world.now)
    assert code(show(elsewhere(world), ticket)) == 405


def test_a_request_that_was_overheard_moves_nothing_when_another_sends_it(world, client, ticket):
    moved = elsewhere(world)
    moved.challenge()
    overheard = moved.signed(Method.REFRESH, ticket)
    thief = elsewhere(world, 50001)
    assert code(thief.reply(thief.raw(overheard))) == 438
    thief.nonce = client.nonce  # nor does what was good at the old address
    reply = thief.reply(thief.raw(thief.signed(Method.REFRESH, ticket)))
    assert code(reply) == 438


def test_an_expired_credential_still_moves_what_it_made(make_world):
    world = make_world(mobility=Mobility.ON, users={}, rest_secrets=("s",))
    made = mint("s", "alice", ttl=600, unix_now=world.unix_now)
    client = elsewhere(world, 50000, made.username, password=made.password)
    ticket = client.allocate(WISH, Lifetime(3600)).get(MobilityTicket)
    world.unix_now += 1000
    moved = elsewhere(world, 50001, made.username, password=made.password)
    assert show(moved, ticket).cls is Class.SUCCESS
    stranger = elsewhere(world, 50002, made.username, password=made.password)
    assert code(stranger.allocate()) == 401


def test_one_ticket_moves_both_families_whichever_is_refreshed(make_world):
    listen = (Address("198.51.99.1", 3478), Address("2a00::1", 3478))
    world = make_world(mobility=Mobility.ON, listen=listen)
    client = world.client()
    ticket = client.allocate(AdditionalAddressFamily(2), WISH).get(MobilityTicket)
    moved = elsewhere(world)
    assert show(moved, ticket, RequestedAddressFamily(1), Lifetime(3600)).cls is Class.SUCCESS
    moved.send(Address("8.8.8.8", 1), b"")
    assert {one.five_tuple for one in world.relay.state.registry.all()} == {moved.five_tuple}
    world.pass_time(600)
    assert world.relay.counters().allocations == 1
    third = elsewhere(world, 50001)
    reply = show(moved, ticket, Lifetime(600))
    assert code(reply) == 437  # the window of repetitions is over
    assert third.refresh(600).get(ErrorCode).code == 437


def test_a_refresh_with_a_ticket_and_zero_ends_the_allocation_from_elsewhere(world, client, ticket):
    assert show(elsewhere(world), ticket, Lifetime(0)).get(Lifetime).seconds == 0
    assert world.relay.counters().allocations == 0
    assert client.refresh(600).get(ErrorCode).code == 437


def test_a_family_that_is_not_held_is_refused_with_443_and_moves_nothing(world, ticket):
    moved = elsewhere(world)
    assert code(show(moved, ticket, RequestedAddressFamily(2))) == 443
    assert show(moved, ticket).cls is Class.SUCCESS


def test_a_source_cannot_gather_more_allocations_than_it_may_have(make_world):
    world = make_world(mobility=Mobility.ON, limits=Limits(allocations_per_source=1))
    ticket = world.client().allocate(WISH).get(MobilityTicket)
    full = elsewhere(world)
    full.allocate()
    assert code(show(elsewhere(world, 50001), ticket)) == 486
    full.refresh(0)
    moved = elsewhere(world, 50001)
    new = show(moved, ticket).get(MobilityTicket)
    assert code(full.allocate()) == 486  # the one that is arriving counts
    assert show(elsewhere(world, 50002), new).cls is Class.SUCCESS  # and only once


def test_the_users_quota_is_held_for_as_long_as_the_allocation_lives(make_world):
    world = make_world(mobility=Mobility.ON, limits=Limits(allocations_per_user=1))
    client = world.client()
    client.transport = Transport.TCP
    client.allocate(WISH)
    world.disconnect(client.five_tuple)
    assert code(elsewhere(world).allocate()) == 486
    world.pass_time(600)
    assert elsewhere(world).allocate().cls is Class.SUCCESS


@pytest.mark.parametrize("datagrams", [Transport.UDP, Transport.DTLS])
def test_peers_over_tcp_are_not_taken_to_where_packets_are_400(make_world, datagrams):
    world = make_world(mobility=Mobility.ON, tcp_relay=TcpRelay.ON)
    client = world.client()
    client.transport = Transport.TCP
    reply = client.request(Method.ALLOCATE, RequestedTransport(6), WISH)
    ticket = reply.get(MobilityTicket)
    assert code(show(elsewhere(world, transport=datagrams), ticket)) == 400
    assert show(elsewhere(world, transport=Transport.TLS), ticket).cls is Class.SUCCESS
