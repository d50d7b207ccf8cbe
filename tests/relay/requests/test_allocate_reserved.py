"""EVEN-PORT and RESERVATION-TOKEN: a pair of ports for one user, taken in two requests (RFC 8656 §7.2)."""

import pytest

from relay import Limits
from stunwire import (
    AdditionalAddressFamily,
    ErrorCode,
    EvenPort,
    RequestedAddressFamily,
    ReservationToken,
    XorRelayedAddress,
)

PAIR = EvenPort(reserve_next=True)


def _port(reply) -> int:
    return reply.get(XorRelayedAddress).address.port


def _code(reply) -> int:
    return reply.get(ErrorCode).code


def test_the_token_gives_the_next_port_to_another_five_tuple_of_the_same_user(make_world):
    world = make_world()
    first = world.client(port=1).allocate(PAIR)
    token = first.get(ReservationToken)
    second = world.client(port=2).allocate(token)
    assert _port(first) % 2 == 0
    assert _port(second) == _port(first) + 1
    assert second.get(ReservationToken) is None


def test_a_token_is_good_once_for_its_user_and_for_thirty_seconds(make_world):
    world = make_world()
    token = world.client(port=1).allocate(PAIR).get(ReservationToken)
    assert _code(world.client(port=2, user="bob").allocate(token)) == 508
    world.pass_time(29.9)
    second = world.client(port=3)
    assert _port(second.allocate(token))
    assert _code(world.client(port=4).allocate(token)) == 508
    late = world.client(port=5).allocate(PAIR).get(ReservationToken)
    world.pass_time(30.0)
    assert _code(world.client(port=6).allocate(late)) == 508


def test_a_token_nobody_gave_is_refused_with_508(client):
    assert _code(client.allocate(ReservationToken(b"12345678"))) == 508


@pytest.mark.parametrize(
    "beside", [EvenPort(), PAIR, RequestedAddressFamily(1), AdditionalAddressFamily(2)]
)
def test_what_a_token_cannot_stand_beside_is_refused_with_400(make_world, beside):
    world = make_world()
    token = world.client(port=1).allocate(PAIR).get(ReservationToken)
    assert _code(world.client(port=2).allocate(token, beside)) == 400
    assert _port(world.client(port=2).allocate(token))


def test_a_reserved_port_is_nobodys_else_and_no_peer(make_world):
    world = make_world(port_range=(50000, 50001))
    world.client(port=1).allocate(PAIR)
    ports = world.relay.state.registry.ports
    assert (ports.is_allocated(50000), ports.is_allocated(50001)) == (True, False)
    assert _code(world.client(port=2).allocate()) == 508
    assert _code(world.client(port=2).allocate(PAIR)) == 508


def test_a_port_nobody_came_for_is_free_again_after_its_rest(make_world):
    world = make_world(port_range=(50000, 50001), limits=Limits(port_quarantine=10.0))
    world.client(port=1).allocate(PAIR)
    world.pass_time(30.0)
    assert _code(world.client(port=2).allocate()) == 508
    world.pass_time(10.0)
    assert _port(world.client(port=2).allocate()) == 50001


def test_the_reservation_outlives_the_allocation_it_came_with(make_world):
    world = make_world()
    first = world.client(port=1)
    reply = first.allocate(PAIR)
    first.refresh(0)
    second = world.client(port=2).allocate(reply.get(ReservationToken))
    assert _port(second) == _port(reply) + 1


def test_a_reserved_port_counts_towards_the_users_quota(make_world):
    world = make_world(limits=Limits(allocations_per_user=2))
    token = world.client(port=1).allocate(PAIR).get(ReservationToken)
    assert _code(world.client(port=2).allocate()) == 486
    assert _port(world.client(port=2).allocate(token))
    alone = make_world(limits=Limits(allocations_per_user=1))
    assert _code(alone.client().allocate(PAIR)) == 486


def test_a_pair_that_cannot_be_bound_is_replaced_by_another_and_nothing_leaks(make_world):
    world = make_world(port_range=(50000, 50005), limits=Limits(port_quarantine=5.0))
    tried = []
    world.busy = lambda address: tried.append(address.port) or len(tried) < 3
    reply = world.client(port=1).allocate(PAIR)
    assert sorted(tried) == [50000, 50002, 50004]
    ports = world.relay.state.registry.ports
    assert ports.reserved_by(world.relay.state.registry.all()[0].credential.owner) == 1
    assert reply.get(ReservationToken)
    world.pass_time(30.0)
    others = set(range(50000, 50006)) - {_port(reply), _port(reply) + 1}
    assert {_port(world.client(port=n).allocate()) for n in range(2, 6)} == others


def test_a_reserved_port_that_cannot_be_bound_is_508_at_once_since_no_other_will_do(make_world):
    world = make_world()
    token = world.client(port=1).allocate(PAIR).get(ReservationToken)
    tried = []
    world.busy = lambda address: tried.append(address.port) or True
    assert _code(world.client(port=2).allocate(token)) == 508
    assert len(tried) == 1
    assert _code(world.client(port=2).allocate(token)) == 508


def test_a_retransmission_gets_the_same_token_and_takes_no_second_pair(make_world):
    world = make_world(port_range=(50000, 50003))
    client = world.client()
    first = client.allocate(PAIR, transaction_id=b"t" * 12)
    again = client.allocate(PAIR, transaction_id=b"t" * 12)
    assert first.get(ReservationToken) == again.get(ReservationToken)
    assert _port(world.client(port=2).allocate(PAIR)) != _port(first)
