"""Tests of `nat.reflector`: it tells whoever asks where the question came from."""

import asyncio

import pytest

import nat
from nat import reflector
from nat.simulator import Simulation
from stunwire import Class, Message, Method, XorMappedAddress, decode

ASKED = Message.request(Method.BINDING, b"twelve bytes")


@pytest.mark.parametrize("source", [("203.0.113.7", 4711), ("2001:db8::7", 4711)])
def test_a_binding_request_is_answered_with_its_source(source):
    response = decode(reflector.answer(ASKED.encode(), source))
    assert response.cls is Class.SUCCESS
    assert response.transaction_id == ASKED.transaction_id
    assert response.get(XorMappedAddress).address == source


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        ASKED.success().encode(),
        Message.indication(Method.BINDING, b"twelve bytes").encode(),
        Message.request(Method.ALLOCATE, b"twelve bytes").encode(),
    ],
)
def test_whatever_else_comes_is_passed_over(data):
    assert reflector.answer(data, ("203.0.113.7", 4711)) is None


def test_a_host_behind_a_nat_learns_the_nats_address(open_udp):
    sim = Simulation()
    server = sim.host("stun")
    host = sim.nat("home", nat.FULL_CONE, external="203.0.113.7").host("laptop")

    async def main():
        await server.run(reflector.serve())
        client = await open_udp(host)
        client.transport.sendto(b"not STUN", (server.address, reflector.PORT))
        client.transport.sendto(ASKED.encode(), (server.address, reflector.PORT))
        data, _ = await asyncio.wait_for(client.next(), 5)
        return decode(data).get(XorMappedAddress).address.host

    assert sim.run(main()) == "203.0.113.7"
