"""Who gets an allocation elsewhere, or none: ALTERNATE-SERVER, draining, and quotas of a source."""

import pytest

from relay import Limits, Redirect
from stunwire import (
    AdditionalAddressFamily,
    Address,
    AlternateServer,
    Class,
    ErrorCode,
    Message,
    Method,
)

SERVER = Address("198.51.99.1", 3478)
OTHERS = (Address("198.51.99.8", 3478), Address("198.51.99.9", 3478), Address("2a00::9", 3478))


def _code(reply) -> int:
    return reply.get(ErrorCode).code


def test_a_relay_that_drains_sends_new_clients_elsewhere_and_keeps_the_ones_it_has(make_world):
    world = make_world(alternate_servers=OTHERS)
    old, new = world.client(port=1), world.client(port=2)
    assert old.allocate(transaction_id=b"t" * 12).cls is Class.SUCCESS
    world.relay.drain()
    reply = new.allocate()
    assert _code(reply) == 300
    assert reply.get(AlternateServer).address in OTHERS[:2]
    assert reply.verify(new.key, new.integrity)
    assert old.refresh(600).cls is Class.SUCCESS
    assert old.permit("192.0.1.7").cls is Class.SUCCESS
    assert old.allocate(transaction_id=b"t" * 12).cls is Class.SUCCESS  # a retransmission


def test_a_relay_that_drains_and_knows_no_other_says_508(make_world):
    world = make_world()
    world.relay.drain()
    assert _code(world.client().allocate()) == 508


def test_a_client_is_sent_to_a_server_of_its_own_family_or_nowhere(make_world):
    server = Address("2a00::1", 3478)
    for alternates, code in ((OTHERS, 300), (OTHERS[:2], 508)):
        world = make_world(
            listen=(SERVER, server), alternate_servers=alternates, redirect=Redirect.ALWAYS
        )
        client = world.client("2a00::99")
        client.nonce = None
        challenge = world.receive(
            Message.request(Method.ALLOCATE, b"t" * 12).encode(), client.address, server
        )
        assert challenge
        assert _code(client.allocate()) == code


def test_by_setting_every_client_is_sent_away_and_all_servers_get_some(make_world):
    world = make_world(alternate_servers=OTHERS[:2], redirect=Redirect.ALWAYS)
    client = world.client()
    found = {client.allocate().get(AlternateServer).address for _ in range(8)}
    assert found == set(OTHERS[:2])


def test_a_stranger_is_challenged_first_and_told_no_server(make_world):
    world = make_world(alternate_servers=OTHERS, redirect=Redirect.ALWAYS)
    challenge = world.client().challenge()
    assert _code(challenge) == 401
    assert challenge.get(AlternateServer) is None


@pytest.mark.parametrize(
    ("first", "second"), [("203.0.113.9", "203.0.113.9"), ("2a00:1:2:3::1", "2a00:1:2:3:4::5")]
)
def test_one_source_has_a_quota_whatever_its_users_and_ports_are(make_world, first, second):
    world = make_world(limits=Limits(allocations_per_source=2))
    held = world.client(first, 1)
    held.allocate()
    assert world.client(second, 2, user="bob").allocate().cls is Class.SUCCESS
    assert _code(world.client(second, 3).allocate()) == 486
    assert world.client("203.0.113.10", 3).allocate().cls is Class.SUCCESS
    held.refresh(0)
    assert world.client(second, 4).allocate().cls is Class.SUCCESS


def test_both_families_count_for_the_source_and_nothing_is_left_in_the_counts(make_world):
    world = make_world(
        listen=(SERVER, Address("2a00::1", 3478)), limits=Limits(allocations_per_source=1)
    )
    client = world.client()
    assert _code(client.allocate(AdditionalAddressFamily(2))) == 486
    client.allocate()
    registry = world.relay.state.registry
    assert registry.held_from(client.address.host) == 1
    world.pass_time(600)
    assert registry.held_from(client.address.host) == 0
