"""The core as a whole: any bytes, no state for strangers, small answers, and time that only matters when it should."""

import tracemalloc

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from relay import DropReason, Limits
from relay.fivetuple import Transport
from relay.outputs import AllocationEnded, CloseRelaySocket, PacketDropped, SendToClient
from stunwire import (
    Address,
    ChangeRequest,
    Class,
    Data,
    ErrorCode,
    Fingerprint,
    Message,
    Method,
    Padding,
    RequestedTransport,
    ResponsePort,
    UnknownAttribute,
    UnknownAttributes,
    XorMappedAddress,
    decode,
)

SERVER = Address("198.51.99.1", 3478)
PEER = Address("192.0.1.7", 7000)
BINDING = Message.request(Method.BINDING, b"t" * 12)
QUIET = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_a_binding_reply_is_32_bytes_with_the_mapped_address_alone(client):
    (output,) = client.raw(BINDING.encode())
    assert len(output.data) == 32
    assert decode(output.data).attributes == (XorMappedAddress(client.address),)


def test_a_binding_reply_over_ipv6_is_44_bytes(make_world):
    server = Address("2a00::1", 3478)
    world = make_world(listen=(server,))
    (output,) = world.receive(BINDING.encode(), Address("2a00::9", 5), server)
    assert len(output.data) == 44


def test_bindings_are_counted_and_make_no_state(client):
    client.raw(BINDING.encode())
    counters = client.world.relay.counters()
    assert (counters.bindings, counters.allocations) == (1, 0)
    assert client.world.relay.next_deadline() is None


@pytest.mark.parametrize(
    "attribute",
    [
        UnknownAttribute(0x7ABC, b""),
        ChangeRequest(change_ip=True, change_port=True),
        ResponsePort(9),
        Padding(b"x"),
    ],
)
def test_a_binding_with_what_the_relay_does_not_do_is_refused_with_420(client, attribute):
    reply = client.ask(Message.request(Method.BINDING, b"t" * 12, attribute))
    assert reply.get(ErrorCode).code == 420
    assert reply.get(UnknownAttributes).types == (attribute.type,)


def test_a_challenge_is_smaller_than_what_other_relays_send(client):
    request = Message.request(Method.ALLOCATE, b"t" * 12, RequestedTransport(17)).encode()
    (output,) = client.raw(request)
    assert len(output.data) <= 4 * len(request)


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\x80\0\0\0", b"\x04", b"\x16\x03\x01", b"\x50\0\0\0"]
)
def test_garbage_is_dropped_counted_and_told_and_the_next_client_is_served(client, data):
    outputs = client.raw(data)
    (news,) = outputs
    assert isinstance(news, PacketDropped)
    assert (news.source, news.reason, news.size) == (client.address, DropReason.GARBAGE, len(data))
    assert client.allocate().cls is Class.SUCCESS


def test_a_web_browsers_request_is_dropped_and_told(client):
    (news,) = client.raw(b"GET / HTTP/1.1\r\n\r\n")  # "G" would begin channel data
    assert news.reason is DropReason.MALFORMED


@pytest.mark.parametrize("cut", range(1, 20))
def test_half_a_message_is_malformed(client, cut):
    (news,) = client.raw(BINDING.encode()[:cut])
    assert news.reason is DropReason.MALFORMED


def test_a_wrong_fingerprint_is_malformed(client):
    data = bytearray(BINDING.encode(fingerprint=True))
    data[-1] ^= 1
    assert client.raw(bytes(data))[0].reason is DropReason.MALFORMED
    assert decode(BINDING.encode(fingerprint=True)).get(Fingerprint)


@pytest.mark.parametrize(
    "message",
    [
        Message(Method.BINDING, Class.SUCCESS, b"t" * 12),
        Message(Method.ALLOCATE, Class.ERROR, b"t" * 12),
        Message(Method.SEND, Class.REQUEST, b"t" * 12),
        Message(Method.DATA, Class.INDICATION, b"t" * 12, (Data(b"x"),)),
        Message(Method.ALLOCATE, Class.INDICATION, b"t" * 12),
        Message(Method.CONNECT, Class.REQUEST, b"t" * 12),
        Message(0x0FF, Class.REQUEST, b"t" * 12),
    ],
)
def test_a_message_no_client_sends_a_udp_relay_is_dropped_without_an_answer(client, message):
    (news,) = client.raw(message.encode())
    assert news.reason is DropReason.UNEXPECTED


def test_a_binding_indication_keeps_a_nat_open_and_asks_for_nothing(client):
    assert client.raw(Message.indication(Method.BINDING, b"t" * 12).encode()) == []
    assert client.world.relay.counters().drops == {}


def test_unauthenticated_answers_to_one_source_are_limited_and_other_sources_are_not(make_world):
    world = make_world(limits=Limits(unauthenticated_rate=1.0, unauthenticated_burst=3.0))
    first = world.client("203.0.113.9", 1)
    replies = [first.ask(BINDING) for _ in range(3)]
    replies.append(world.client("203.0.113.9", 2).ask(BINDING))
    assert [reply is not None for reply in replies] == [True, True, True, False]
    unsigned = Message.request(Method.ALLOCATE, b"t" * 12, RequestedTransport(17))
    assert first.ask(unsigned) is None
    assert world.client("203.0.113.10").ask(BINDING) is not None
    assert world.relay.counters().drops == {DropReason.RATE_LIMITED: 2}
    world.now += 1.0
    assert first.ask(unsigned) is not None


def test_unauthenticated_answers_to_all_sources_together_are_limited_too(make_world):
    limits = Limits(unauthenticated_total_rate=2.0, unauthenticated_total_burst=3.0)
    world = make_world(limits=limits)
    asked = [world.client(f"203.0.113.{n}").ask(BINDING) is not None for n in range(1, 6)]
    assert asked == [True, True, True, False, False]
    assert world.relay.counters().drops == {DropReason.ALL_RATE_LIMITED: 2}
    world.now += 0.5
    assert world.client("203.0.113.99").challenge() is not None


def test_authenticated_requests_are_not_limited(make_world):
    world = make_world(limits=Limits(unauthenticated_rate=0.001, unauthenticated_burst=1.0))
    client = world.client()
    client.allocate()
    for _ in range(20):
        assert client.refresh(600).cls is Class.SUCCESS


def test_a_flood_of_strangers_leaves_no_state_and_no_memory_behind(make_world):
    world = make_world(limits=Limits(unauthenticated_rate=1e6, unauthenticated_burst=1e6))
    data = Message.request(Method.ALLOCATE, b"t" * 12, RequestedTransport(17)).encode()

    def flood(start: int, stop: int) -> None:
        for n in range(start, stop):
            source = Address(f"203.{n >> 8 & 255}.{n & 255}.9", 1024 + n)
            world.relay.receive_datagram(data, source, SERVER, unix_now=0.0, now=world.now)

    flood(0, 500)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    flood(500, 3500)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 20_000  # under 7 bytes each: nothing is kept for any of them
    assert len(world.relay.state.registry) == 0
    assert world.relay.next_deadline() is None


def test_a_thousand_hours_of_refreshes_and_expiries_pass(make_world):
    world = make_world(port_range=(50000, 50009), limits=Limits(port_quarantine=30.0))
    for hour in range(1000):
        client = world.client(port=1 + hour % 7)
        assert client.allocate().cls is Class.SUCCESS
        client.bind(0x4000, PEER)
        world.pass_time(3600)
        assert world.relay.counters().allocations == 0
    assert world.relay.next_deadline() is None
    assert len(world.closed) == 1000


def test_when_the_relay_closes_every_allocation_ends(make_world):
    world = make_world()
    for port in range(1, 4):
        world.client(port=port).allocate()
    outputs = world.relay.end_all("closing", world.now)
    assert len(outputs) == 6
    assert world.relay.counters().allocations == 0
    assert world.relay.end_all("closing", world.now) == []


def test_a_packet_for_an_allocation_that_just_ended_is_dropped(client):
    client.allocate()
    client.permit(PEER.host)
    client.world.now += 600
    assert client.hear(PEER, b"x") is None
    assert client.world.closed == [client.number]
    assert client.world.relay.counters().drops == {DropReason.NO_ALLOCATION: 1}


METHODS = st.sampled_from(list(Method))
ATTRIBUTES = st.lists(
    st.builds(
        lambda kind, value: (
            kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value + bytes(-len(value) & 3)
        ),
        st.one_of(st.integers(0, 0x30), st.integers(0x8000, 0x8032), st.integers(0, 0xFFFF)),
        st.binary(max_size=24),
    ),
    max_size=8,
)


def _framed(first: int, body: list[bytes]) -> bytes:
    joined = b"".join(body)
    return (
        first.to_bytes(2, "big")
        + len(joined).to_bytes(2, "big")
        + b"\x21\x12\xa4\x42"
        + b"t" * 12
        + joined
    )


STUN_LIKE = st.builds(_framed, st.integers(0, 0x3FFF), ATTRIBUTES)
ANYTHING = st.one_of(st.binary(max_size=64), STUN_LIKE)


def _check_outputs(outputs, client) -> None:
    for output in outputs:
        if isinstance(output, SendToClient):
            assert output.five_tuple.client == client.address
            decode(output.data)


@QUIET
@given(ANYTHING)
@example(b"\x40")
def test_whatever_bytes_a_stranger_sends_get_one_decodable_answer_or_none_and_leave_no_state(
    make_world, data
):
    world = make_world()
    client = world.client()
    outputs = client.raw(data)
    _check_outputs(outputs, client)
    assert len([o for o in outputs if isinstance(o, SendToClient)]) <= 1
    assert len(world.relay.state.registry) == 0
    assert world.relay.next_deadline() is None


@QUIET
@given(st.lists(ANYTHING, max_size=4))
def test_whatever_bytes_come_on_a_live_five_tuple_the_allocation_goes_on(make_world, packets):
    world = make_world()
    client = world.client()
    client.allocate()
    client.bind(0x4000, PEER)
    for data in packets:
        _check_outputs(client.raw(data), client)
        world.receive_from_peer(client.number, data, PEER)
    assert client.refresh(600).cls is Class.SUCCESS
    assert client.send_on(0x4000, b"x")


@QUIET
@given(METHODS, st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=24)), max_size=6))
def test_whatever_attributes_a_proven_client_sends_get_an_answer_the_rfc_knows_or_none(
    make_world, method, attributes
):
    world = make_world()
    client = world.client()
    client.allocate()
    raw = [UnknownAttribute(kind, value) for kind, value in attributes]
    try:
        data = client.signed(method, *raw)
    except ValueError:
        return  # the attributes hold an integrity attribute already
    outputs = client.raw(data)
    _check_outputs(outputs, client)


def test_a_connection_and_datagrams_between_the_same_addresses_are_two_clients(world):
    over_udp, over_tcp = world.client(), world.client()
    over_tcp.transport = Transport.TCP
    over_udp.allocate()
    over_tcp.allocate()
    assert over_udp.relayed != over_tcp.relayed
    assert over_tcp.refresh(0).cls is Class.SUCCESS
    assert world.relay.holds(over_udp.five_tuple)
    assert not world.relay.holds(over_tcp.five_tuple)


def test_the_allocation_of_a_closed_connection_ends_and_what_it_held_is_given_back(client):
    client.transport = Transport.TLS
    client.allocate()
    client.bind(0x4000, PEER)
    closed, ended = client.world.disconnect(client.five_tuple)
    assert closed == CloseRelaySocket(client.number)
    assert isinstance(ended, AllocationEnded)
    assert ended.why == "the connection closed"
    relay = client.world.relay
    assert not relay.holds(client.five_tuple)
    assert relay.datapath.routes_to_peers(SERVER, Transport.TLS) == {}
    assert client.world.disconnect(client.five_tuple) == []


def test_a_closed_connection_leaves_other_allocations_of_the_user_alone(world):
    one, other = world.client(port=1), world.client(port=2)
    one.transport = other.transport = Transport.TCP
    one.allocate()
    other.allocate()
    world.disconnect(one.five_tuple)
    assert world.relay.holds(other.five_tuple)
