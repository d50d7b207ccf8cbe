"""Allocate: who gets a relayed transport address, who is refused with which code, and what a repetition gets."""

from itertools import pairwise

import pytest

from relay import Limits
from relay.outputs import AllocationOpened, OpenRelaySocket, SendToClient
from relay.requests.allocate import BIND_ATTEMPTS, CHECKS, CHECKS_OF_NO_WISH, WISHES
from relay.requests.request import Request
from stunwire import (
    Address,
    Class,
    DontFragment,
    ErrorCode,
    EvenPort,
    Lifetime,
    Message,
    Method,
    RequestedAddressFamily,
    RequestedTransport,
    UnknownAttribute,
    UnknownAttributes,
    XorMappedAddress,
    XorRelayedAddress,
)

SERVER = Address("198.51.99.1", 3478)


def _code(reply: Message | None) -> int:
    assert reply is not None
    assert reply.cls is Class.ERROR
    found = reply.get(ErrorCode)
    assert found is not None
    return found.code


def test_allocate_with_credentials_gives_a_relayed_address_a_lifetime_and_the_mapped_address(
    client,
):
    reply = client.allocate()
    assert reply.cls is Class.SUCCESS
    assert reply.get(XorMappedAddress).address == client.address
    assert reply.get(Lifetime).seconds == 600
    host, port = reply.get(XorRelayedAddress).address
    assert host == SERVER.host
    assert 49152 <= port <= 65535
    assert client.world.opened == [Address(host, port)]


def test_an_allocation_is_news_with_its_user(client):
    client.allocate()
    assert [o.user for o in client.world.outputs if isinstance(o, AllocationOpened)] == ["alice"]


@pytest.mark.parametrize(
    ("asked", "granted"),
    [(0, 600), (1, 600), (600, 600), (601, 601), (3600, 3600), (3601, 3600), (2**32 - 1, 3600)],
)
def test_a_lifetime_is_granted_between_the_default_and_the_cap(client, asked, granted):
    assert client.allocate(Lifetime(asked)).get(Lifetime).seconds == granted


def test_second_allocate_on_a_five_tuple_is_refused_with_437(client):
    client.allocate()
    assert _code(client.allocate()) == 437


def test_a_retransmitted_allocate_gets_the_same_bytes_and_no_second_allocation(client):
    client.challenge()
    data = client.signed(Method.ALLOCATE, RequestedTransport(17))
    first = client.raw(data)
    client.world.now += 31.5
    again = client.raw(data)
    assert [o.data for o in again] == [o.data for o in first if isinstance(o, SendToClient)]
    assert client.world.relay.counters().allocations == 1


def test_the_same_transaction_long_after_is_no_retransmission_and_gets_437(client):
    client.allocate(transaction_id=b"t" * 12)
    client.world.pass_time(41.0)
    assert _code(client.allocate(transaction_id=b"t" * 12)) == 437


def test_a_retransmission_while_the_socket_is_being_opened_is_not_answered_twice(client):
    client.challenge()
    data = client.signed(Method.ALLOCATE, RequestedTransport(17))
    world = client.world

    def receive():
        return world.relay.receive_datagram(
            data, client.address, SERVER, unix_now=world.unix_now, now=world.now
        )

    (opening,) = receive()
    assert isinstance(opening, OpenRelaySocket)
    assert receive() == []
    answered = world.relay.receive_relay_opened(opening.allocation, world.now)
    assert isinstance(answered[0], SendToClient)
    assert world.relay.counters().allocations == 1


def test_the_same_client_at_another_listener_has_another_five_tuple(make_world):
    other = Address("198.51.99.1", 3479)
    world = make_world(listen=(SERVER, other))
    client = world.client()
    client.allocate()
    data = client.signed(Method.ALLOCATE, RequestedTransport(17))
    reply = client.reply(world.receive(data, client.address, other))
    assert reply.cls is Class.SUCCESS


def test_allocate_without_requested_transport_is_refused_with_400(client):
    assert _code(client.request(Method.ALLOCATE)) == 400


@pytest.mark.parametrize("protocol", [0, 1, 6, 16, 18, 132, 255])
def test_a_transport_other_than_udp_is_refused_with_442(client, protocol):
    assert _code(client.request(Method.ALLOCATE, RequestedTransport(protocol))) == 442


@pytest.mark.parametrize("family", [2, 0, 3, 255])
def test_a_family_the_relay_has_no_address_of_is_refused_with_440(client, family):
    assert _code(client.allocate(RequestedAddressFamily(family))) == 440


def test_the_family_that_is_asked_for_is_given(make_world):
    world = make_world(listen=(Address("198.51.99.1", 3478), Address("2a00::1", 3478)))
    assert world.client(port=1).allocate().get(XorRelayedAddress).address.host == "198.51.99.1"
    reply = world.client(port=2).allocate(RequestedAddressFamily(2))
    assert reply.get(XorRelayedAddress).address.host == "2a00::1"


def test_no_family_asked_for_means_ipv4_and_is_refused_with_440_where_there_is_none(make_world):
    server = Address("2a00::1", 3478)
    world = make_world(listen=(server,))
    client = world.client("2a00::99")
    data = client.signed(Method.ALLOCATE, RequestedTransport(17))
    assert _code(client.reply(world.receive(data, client.address, server))) == 440


@pytest.mark.parametrize("attribute", [DontFragment()])
def test_what_the_relay_does_not_do_is_refused_with_420_and_named(client, attribute):
    reply = client.allocate(attribute)
    assert _code(reply) == 420
    assert reply.get(UnknownAttributes).types == (attribute.type,)


def test_an_even_port_is_given_to_who_asks_for_one(make_world):
    world = make_world(port_range=(50001, 50009))
    ports = {
        world.client(port=n).allocate(EvenPort()).get(XorRelayedAddress).address.port
        for n in range(1, 5)
    }
    assert ports == {50002, 50004, 50006, 50008}
    assert _code(world.client(port=5).allocate(EvenPort())) == 508
    assert world.client(port=6).allocate().cls is Class.SUCCESS


def test_an_even_port_that_cannot_be_bound_is_replaced_by_another_even_one(client):
    tried = []
    client.world.busy = lambda address: tried.append(address.port) or len(tried) < 4
    assert client.allocate(EvenPort()).cls is Class.SUCCESS
    assert [port % 2 for port in tried] == [0, 0, 0, 0]


def test_an_unknown_comprehension_required_attribute_is_refused_with_420_and_named(client):
    reply = client.allocate(UnknownAttribute(0x7ABC, b"xyz"))
    assert _code(reply) == 420
    assert reply.get(UnknownAttributes).types == (0x7ABC,)


def test_unknown_comprehension_optional_attributes_are_passed_over(client):
    assert client.allocate(UnknownAttribute(0xFABC, b"xyz")).cls is Class.SUCCESS


def test_an_error_response_to_a_proven_request_is_protected_too(client):
    client.allocate()
    reply = client.allocate()
    assert reply.verify(client.key, client.integrity)


def test_one_allocation_too_many_for_a_user_is_refused_with_486_and_another_user_is_not(make_world):
    world = make_world(limits=Limits(allocations_per_user=2))
    for port in (1, 2):
        assert world.client(port=port).allocate().cls is Class.SUCCESS
    assert _code(world.client(port=3).allocate()) == 486
    assert world.client(port=4, user="bob").allocate().cls is Class.SUCCESS


def test_a_users_quota_is_free_again_when_an_allocation_ends(make_world):
    world = make_world(limits=Limits(allocations_per_user=1))
    first, second = world.client(port=1), world.client(port=2)
    first.allocate()
    assert _code(second.allocate()) == 486
    first.refresh(0)
    assert second.allocate().cls is Class.SUCCESS
    world.pass_time(601)
    third = world.client(port=3)
    assert third.allocate().cls is Class.SUCCESS


def test_one_allocation_too_many_in_all_is_refused_with_508(make_world):
    world = make_world(limits=Limits(allocations=1))
    world.client(port=1).allocate()
    assert _code(world.client(port=2, user="bob").allocate()) == 508


def test_no_port_left_is_refused_with_508(make_world):
    world = make_world(port_range=(50000, 50000))
    world.client(port=1).allocate()
    assert _code(world.client(port=2).allocate()) == 508


def test_a_port_that_cannot_be_bound_is_replaced_by_another(client):
    tried = []
    client.world.busy = lambda address: tried.append(address) or len(tried) < 3
    assert client.allocate().cls is Class.SUCCESS
    assert len({address.port for address in tried}) == 3
    assert client.relayed == tried[-1]


def test_after_a_few_ports_that_cannot_be_bound_the_answer_is_508_and_nothing_is_held(make_world):
    world = make_world(limits=Limits(allocations=1, allocations_per_user=1))
    client, tried = world.client(), []
    world.busy = lambda address: tried.append(address) or True
    assert _code(client.allocate()) == 508
    assert len(tried) == BIND_ATTEMPTS
    world.busy = lambda address: False
    assert client.allocate().cls is Class.SUCCESS


def test_when_the_only_port_cannot_be_bound_the_answer_is_508(make_world):
    world = make_world(port_range=(50000, 50000))
    world.busy = lambda address: True
    assert _code(world.client().allocate()) == 508


def test_a_freed_port_rests_before_another_client_gets_it(make_world):
    world = make_world(port_range=(50000, 50000), limits=Limits(port_quarantine=30.0))
    first, second = world.client(port=1), world.client(port=2)
    first.allocate()
    first.refresh(0)
    assert _code(second.allocate()) == 508
    world.pass_time(30)
    assert second.allocate().cls is Class.SUCCESS


def test_relay_ports_are_drawn_not_counted(make_world):
    world = make_world()
    ports = [
        world.client(port=n).allocate().get(XorRelayedAddress).address.port for n in range(1, 9)
    ]
    steps = {b - a for a, b in pairwise(ports)}
    assert len(steps) > 4


def test_sockets_are_bound_to_one_address_and_another_is_announced_behind_a_one_to_one_nat(
    make_world,
):
    world = make_world(relay_address="10.0.0.5", external_address="198.51.99.77")
    client = world.client()
    relayed = client.allocate().get(XorRelayedAddress).address
    assert relayed.host == "198.51.99.77"
    assert world.opened == [Address("10.0.0.5", relayed.port)]


class Watched:
    """A request with nothing in it, which notes what it is asked for."""

    def __init__(self) -> None:
        self.asked = set()

    def get(self, kind):
        self.asked.add(kind)

    def has_any(self, kinds):
        self.asked |= kinds
        return False


def test_checks_that_a_request_without_wishes_is_spared_look_at_wishes_alone(client):
    spared = set(CHECKS) - set(CHECKS_OF_NO_WISH)
    assert len(spared) == 3
    for check in spared:
        watched = Watched()
        request = Request(watched, client.five_tuple, None, 0.0)
        assert check(request, client.world.relay.state) is None
        assert watched.asked
        assert watched.asked <= WISHES


def test_checks_are_in_the_same_order_without_wishes():
    assert [check for check in CHECKS if check in CHECKS_OF_NO_WISH] == list(CHECKS_OF_NO_WISH)
