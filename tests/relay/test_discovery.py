"""Two addresses, two ports: answers come from where they are asked for, and no further (RFC 5780)."""

import asyncio
import itertools
import os

import pytest

import nat
import relay
from nat.simulator import Simulation
from relay import Limits
from relay.counters import DropReason
from relay.discovery import Quartet
from stunwire import (
    Address,
    ChangeRequest,
    ErrorCode,
    MappedAddress,
    Message,
    Method,
    OtherAddress,
    Padding,
    ResponseOrigin,
    ResponsePort,
    UnknownAttributes,
    XorMappedAddress,
    decode,
)

A1P1, A1P2 = Address("198.51.99.1", 3478), Address("198.51.99.1", 3479)
A2P1, A2P2 = Address("198.51.99.2", 3478), Address("198.51.99.2", 3479)
QUARTET = Quartet(A1P1, A2P2)
CLIENT = Address("203.0.113.9", 40000)


@pytest.fixture
def discovery(make_world):
    return make_world(listen=QUARTET.members, quartet=QUARTET)


def _ask(world, *attributes, server=A1P1, client=CLIENT):
    """Return the answer, and the five-tuple it goes to."""
    request = Message.request(Method.BINDING, b"t" * 12, *attributes).encode()
    outputs = world.receive(request, client, server)
    if not outputs:
        return None, None
    return decode(outputs[0].data), outputs[0].five_tuple


def test_the_four_listeners_are_each_host_with_each_port():
    assert set(QUARTET.members) == {A1P1, A1P2, A2P1, A2P2}


@pytest.mark.parametrize(
    ("server", "change_ip", "change_port", "origin"),
    [
        (A1P1, False, False, A1P1),
        (A1P1, False, True, A1P2),
        (A1P1, True, False, A2P1),
        (A1P1, True, True, A2P2),
        (A1P2, True, True, A2P1),
        (A2P1, False, True, A2P2),
        (A2P2, True, False, A1P2),
        (A2P2, True, True, A1P1),
    ],
)
def test_the_answer_comes_from_where_the_flags_say_and_names_its_origin_and_the_other(
    discovery, server, change_ip, change_port, origin
):
    wish = ChangeRequest(change_ip=change_ip, change_port=change_port)
    answer, way = _ask(discovery, wish, server=server)
    assert way.server == origin
    assert way.client == CLIENT
    other = QUARTET.elsewhere(server, change_ip=True, change_port=True)
    assert set(answer.attributes) == {
        MappedAddress(CLIENT),
        XorMappedAddress(CLIENT),
        ResponseOrigin(origin),
        OtherAddress(other),
    }


def test_an_ordinary_request_gets_origin_and_other_address_too(discovery):
    answer, way = _ask(discovery)
    assert way.server == A1P1
    assert answer.get(OtherAddress).address == A2P2


def test_the_answer_goes_to_the_response_port_of_the_host_that_asked(discovery):
    answer, way = _ask(discovery, ResponsePort(5555))
    assert way.client == Address(CLIENT.host, 5555)
    assert answer.get(XorMappedAddress).address == CLIENT


def test_padding_comes_back_as_long_as_it_went_in_and_is_zeros(discovery):
    answer, _ = _ask(discovery, Padding(b"secret!!" * 50))
    assert answer.get(Padding) == Padding(bytes(400))


@pytest.mark.parametrize("wishes", [(Padding(bytes(4)), ResponsePort(5555)), (ResponsePort(0),)])
def test_wishes_that_cannot_be_meant_are_refused_with_400_where_they_came_from(discovery, wishes):
    answer, way = _ask(discovery, *wishes)
    assert answer.get(ErrorCode).code == 400
    assert (way.client, way.server) == (CLIENT, A1P1)


def test_attributes_nobody_knows_are_still_refused_with_420(discovery):
    answer, _ = _ask(discovery, relay_unknown(), ChangeRequest(change_ip=True))
    assert answer.get(UnknownAttributes).types == (0x7ABC,)


def relay_unknown():
    from stunwire import UnknownAttribute

    return UnknownAttribute(0x7ABC, b"")


@pytest.mark.parametrize("wish", [ChangeRequest(change_port=True), ResponsePort(9), Padding(b"")])
def test_a_listener_beside_the_four_answers_as_any_relay_does(make_world, wish):
    beside = Address("198.51.99.7", 3478)
    world = make_world(listen=(*QUARTET.members, beside), quartet=QUARTET)
    answer, _ = _ask(world, server=beside)
    assert answer.attributes == (XorMappedAddress(CLIENT),)
    answer, _ = _ask(world, wish, server=beside)
    assert answer.get(ErrorCode).code == 420


def test_wishes_of_one_source_are_limited_and_its_ordinary_requests_and_others_are_not(make_world):
    limits = Limits(discovery_rate=1.0, discovery_burst=2.0)
    world = make_world(listen=QUARTET.members, quartet=QUARTET, limits=limits)
    wishes = itertools.cycle(
        (ChangeRequest(change_ip=True), ResponsePort(9), Padding(b"x"), ChangeRequest())
    )
    answered = [_ask(world, next(wishes))[0] is not None for _ in range(4)]
    assert answered == [True, True, False, False]
    assert world.relay.counters().drops == {DropReason.RATE_LIMITED: 2}
    assert _ask(world)[0] is not None
    assert _ask(world, ResponsePort(9), client=Address("203.0.113.10", 1))[0] is not None


# a client of RFC 5780 §4.3, §4.4 in the simulator, behind every kind of NAT


class Probe(asyncio.DatagramProtocol):
    """Asks from one socket, and waits for the answer wherever it comes from."""

    PATIENCE = 1.0

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.waiting: dict[bytes, asyncio.Future] = {}

    def datagram_received(self, data, addr) -> None:
        answer = decode(data)
        waiting = self.waiting.pop(answer.transaction_id, None)
        if waiting is not None:
            assert answer.get(ResponseOrigin).address == addr
            waiting.set_result(answer)

    async def ask(self, server, *attributes) -> Message | None:
        request = Message.request(Method.BINDING, os.urandom(12), *attributes)
        waiting = asyncio.get_running_loop().create_future()
        self.waiting[request.transaction_id] = waiting
        self.transport.sendto(request.encode(), server)
        try:
            return await asyncio.wait_for(waiting, self.PATIENCE)
        except TimeoutError:
            return None

    async def mapped(self, server) -> Address:
        answer = await self.ask(server)
        assert answer.get(MappedAddress).address == answer.get(XorMappedAddress).address
        return answer.get(XorMappedAddress).address


async def _probe() -> Probe:
    loop = asyncio.get_running_loop()
    _, probe = await loop.create_datagram_endpoint(Probe, local_addr=("0.0.0.0", 0))
    return probe


async def _filtering(primary: Address) -> nat.Dependence:
    probe = await _probe()
    await probe.ask(primary)
    if await probe.ask(primary, ChangeRequest(change_ip=True, change_port=True)):
        return nat.Dependence.ENDPOINT_INDEPENDENT
    if await probe.ask(primary, ChangeRequest(change_port=True)):
        return nat.Dependence.ADDRESS_DEPENDENT
    return nat.Dependence.ADDRESS_AND_PORT_DEPENDENT


async def _mapping(primary: Address) -> nat.Dependence:
    probe = await _probe()
    first = await probe.ask(primary)
    other = first.get(OtherAddress).address
    at_primary = first.get(XorMappedAddress).address
    at_other_host = await probe.mapped(Address(other.host, primary.port))
    if at_other_host == at_primary:
        return nat.Dependence.ENDPOINT_INDEPENDENT
    if await probe.mapped(other) == at_other_host:
        return nat.Dependence.ADDRESS_DEPENDENT
    return nat.Dependence.ADDRESS_AND_PORT_DEPENDENT


async def _measure(world: Simulation, behavior: nat.Behavior) -> tuple:
    host = world.host("stun", "198.51.100.1", addresses=("198.51.100.2",))
    home = world.nat("home", behavior).host("client")
    primary, alternate = Address("198.51.100.1", 3478), Address("198.51.100.2", 3479)
    with host:
        server = relay.serve(relay.Settings(listen=(primary,), alternate=alternate))
        await server.__aenter__()
    with home:
        return await _mapping(primary), await _filtering(primary)


@pytest.mark.parametrize("behavior", nat.ALL_NINE, ids=lambda behavior: behavior.short)
def test_a_client_behind_each_of_nine_nats_finds_out_which_it_is(behavior):
    world = Simulation(seed=5)
    found = world.run(_measure(world, behavior))
    assert found == (behavior.mapping, behavior.filtering)
