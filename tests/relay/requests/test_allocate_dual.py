"""ADDITIONAL-ADDRESS-FAMILY: one request, a relayed address of each family, and what becomes of them."""

import pytest

from relay import Limits
from relay.outputs import OpenRelaySocket, SendToClient
from stunwire import (
    AdditionalAddressFamily,
    Address,
    AddressErrorCode,
    ChannelData,
    Class,
    ErrorCode,
    EvenPort,
    Family,
    Lifetime,
    Method,
    RequestedAddressFamily,
    RequestedTransport,
    UnknownAttribute,
    XorRelayedAddress,
    decode,
)

SERVER = Address("198.51.99.1", 3478)
BOTH = AdditionalAddressFamily(2)
PEER, PEER6 = Address("192.0.1.7", 7000), Address("2a00::7", 7000)


@pytest.fixture
def dual(make_world):
    return make_world(listen=(SERVER, Address("2a00::1", 3478)))


def _code(reply) -> int:
    return reply.get(ErrorCode).code


def _families(reply) -> list[Family]:
    return [relayed.address.family for relayed in reply.get_all(XorRelayedAddress)]


def _count(world) -> int:
    return world.relay.counters().allocations


def test_an_address_of_each_family_is_answered_ipv4_first(dual):
    reply = dual.client().allocate(BOTH)
    assert _families(reply) == [Family.IPV4, Family.IPV6]
    assert reply.get(AddressErrorCode) is None
    assert _count(dual) == 2


def test_the_draft_number_of_older_clients_is_understood_too(dual):
    asked = UnknownAttribute(0x8032, b"\x02\0\0\0")
    client = dual.client()
    assert _families(client.allocate(asked)) == [Family.IPV4, Family.IPV6]
    assert client.request(Method.REFRESH, RequestedAddressFamily(2)).cls is Class.SUCCESS


def test_a_family_the_relay_has_not_is_told_in_address_error_code_beside_the_other(client):
    reply = client.allocate(BOTH)
    assert reply.cls is Class.SUCCESS
    assert _families(reply) == [Family.IPV4]
    assert reply.get(AddressErrorCode) == AddressErrorCode(Family.IPV6, 440)


def test_a_relay_with_the_additional_family_alone_gives_that(make_world):
    server = Address("2a00::1", 3478)
    world = make_world(listen=(server,))
    client = world.client("2a00::99")
    data = client.signed(Method.ALLOCATE, RequestedTransport(17), BOTH)
    reply = client.reply(world.receive(data, client.address, server))
    assert _families(reply) == [Family.IPV6]
    assert reply.get(AddressErrorCode) == AddressErrorCode(Family.IPV4, 440)


@pytest.mark.parametrize(("family", "host"), [(Family.IPV4, SERVER.host), (Family.IPV6, "2a00::1")])
def test_a_family_that_cannot_be_bound_is_told_with_508_beside_the_other(dual, family, host):
    dual.busy = lambda address: address.host == host
    reply = dual.client().allocate(BOTH)
    assert reply.cls is Class.SUCCESS
    assert family not in _families(reply)
    assert reply.get(AddressErrorCode) == AddressErrorCode(family, 508)
    assert _count(dual) == 1


def test_when_neither_can_be_bound_the_answer_is_508_and_nothing_is_held(dual):
    dual.busy = lambda address: True
    client = dual.client()
    assert _code(client.allocate(BOTH)) == 508
    assert len(dual.relay.state.registry) == 0
    dual.busy = lambda address: False
    assert len(_families(client.allocate(BOTH))) == 2


def test_the_answer_waits_for_both_sockets(dual):
    client = dual.client()
    data = client.signed(Method.ALLOCATE, RequestedTransport(17), BOTH)
    asked = dual.relay.receive_datagram(
        data, client.address, SERVER, unix_now=dual.unix_now, now=dual.now
    )
    first, second = (o.allocation for o in asked if isinstance(o, OpenRelaySocket))
    assert dual.relay.receive_relay_opened(second, dual.now) == []
    assert dual.relay.receive_from_peer(second, b"early", PEER6, dual.now) == []
    answered = dual.relay.receive_relay_opened(first, dual.now)
    assert isinstance(answered[0], SendToClient)
    assert _count(dual) == 2


@pytest.mark.parametrize(
    "attributes",
    [
        (BOTH, RequestedAddressFamily(1)),
        (AdditionalAddressFamily(1),),
        (AdditionalAddressFamily(9),),
        (BOTH, EvenPort(reserve_next=True)),
    ],
)
def test_what_excludes_each_other_is_refused_with_400(dual, attributes):
    assert _code(dual.client().allocate(*attributes)) == 400


def test_even_ports_are_even_in_both_families(dual):
    reply = dual.client().allocate(BOTH, EvenPort())
    assert [r.address.port % 2 for r in reply.get_all(XorRelayedAddress)] == [0, 0]


def test_both_count_towards_quotas(make_world):
    world = make_world(
        listen=(SERVER, Address("2a00::1", 3478)), limits=Limits(allocations_per_user=1)
    )
    assert _code(world.client().allocate(BOTH)) == 486
    assert world.client().allocate().cls is Class.SUCCESS


def test_refresh_without_a_family_refreshes_or_ends_both(dual):
    client = dual.client()
    client.allocate(BOTH)
    dual.pass_time(500)
    assert client.refresh(600).cls is Class.SUCCESS
    dual.pass_time(500)
    assert _count(dual) == 2
    client.refresh(0)
    assert _count(dual) == 0
    assert len(dual.closed) == 2


def test_refresh_with_a_family_means_that_one_alone_and_the_other_family_is_443_once_gone(dual):
    client = dual.client()
    client.allocate(BOTH)
    ended = client.request(Method.REFRESH, Lifetime(0), RequestedAddressFamily(1))
    assert ended.cls is Class.SUCCESS
    assert [a.interface.family for a in dual.relay.state.registry.all()] == [Family.IPV6]
    assert _code(client.request(Method.REFRESH, RequestedAddressFamily(1))) == 443
    assert client.request(Method.REFRESH, RequestedAddressFamily(2)).cls is Class.SUCCESS
    assert _code(client.permit(PEER.host)) == 443
    assert client.permit(PEER6.host).cls is Class.SUCCESS
    dual.pass_time(601)
    assert _count(dual) == 0


def test_permissions_of_both_families_are_given_in_one_request(dual):
    client = dual.client()
    client.allocate(BOTH)
    assert client.permit(PEER.host, PEER6.host).cls is Class.SUCCESS
    four, six = dual.relay.state.registry.all()
    (to_four,), (to_six,) = client.send(PEER, b"4"), client.send(PEER6, b"6")
    assert (to_four.allocation, to_six.allocation) == (four.number, six.number)


def test_one_peer_that_is_refused_leaves_no_permission_in_either_family(dual):
    client = dual.client()
    client.allocate(BOTH)
    assert _code(client.permit(PEER.host, "::1")) == 403
    assert not any(a.permissions for a in dual.relay.state.registry.all())


def test_channels_of_both_families_share_the_numbers(dual):
    client = dual.client()
    client.allocate(BOTH)
    assert client.bind(0x4000, PEER).cls is Class.SUCCESS
    assert _code(client.bind(0x4000, PEER6)) == 400
    assert client.bind(0x4001, PEER6).cls is Class.SUCCESS
    four, six = dual.relay.state.registry.all()
    (to_four,), (to_six,) = client.send_on(0x4000, b"4"), client.send_on(0x4001, b"6")
    assert (to_four.peer, to_four.allocation) == (PEER, four.number)
    assert (to_six.peer, to_six.allocation) == (PEER6, six.number)
    outputs = dual.receive_from_peer(six.number, b"back", PEER6)
    assert outputs[0].data == ChannelData(0x4001, b"back").encode()


def test_when_one_family_ends_the_channels_of_the_other_stay(dual):
    client = dual.client()
    client.allocate(BOTH)
    client.bind(0x4000, PEER)
    client.bind(0x4001, PEER6)
    client.request(Method.REFRESH, Lifetime(0), RequestedAddressFamily(1))
    assert client.send_on(0x4000, b"4") == []
    assert len(client.send_on(0x4001, b"6")) == 1


def test_a_retransmission_is_answered_the_same_while_either_lives(dual):
    client = dual.client()
    data = client.signed(Method.ALLOCATE, RequestedTransport(17), BOTH)
    first = client.reply(client.raw(data))
    client.request(Method.REFRESH, Lifetime(0), RequestedAddressFamily(1))
    assert client.reply(client.raw(data)) == first
    assert decode(data).transaction_id == first.transaction_id
