"""Binding requests: short answers everywhere, longer ones on a discovery server; over streams as far as they can be."""

from pathlib import Path

import pytest

from relay import CertificateFiles
from relay.discovery import Quartet
from relay.fivetuple import FiveTuple, Transport
from relay.requests import binding
from stunwire import (
    Address,
    ChangeRequest,
    ErrorCode,
    MappedAddress,
    Message,
    Method,
    OtherAddress,
    ResponseOrigin,
    XorMappedAddress,
    decode,
)

QUARTET = Quartet(Address("198.51.99.1", 3478), Address("198.51.99.2", 3479))


def test_a_relay_with_one_address_tells_the_mapped_address_alone(client):
    answer = client.ask(Message.request(Method.BINDING, b"t" * 12))
    assert answer.attributes == (XorMappedAddress(client.address),)


def test_a_relay_with_one_address_cannot_answer_from_elsewhere_and_says_420(client):
    request = Message.request(Method.BINDING, b"t" * 12, ChangeRequest(change_ip=True))
    assert client.ask(request).get(ErrorCode).code == 420


def test_a_change_request_that_asks_for_nothing_is_answered_everywhere(client, make_world):
    """stuntman's client sends it in each request, over TCP too (RFC 5780 §7.2)."""
    request = Message.request(Method.BINDING, b"t" * 12, ChangeRequest())
    assert client.ask(request).attributes == (XorMappedAddress(client.address),)
    world = make_world(listen=QUARTET.members, quartet=QUARTET, listen_tcp=QUARTET.members)
    line = FiveTuple(world.client().address, QUARTET.primary, Transport.TCP)
    (output,) = binding.answer(request, line, world.relay.state, world.now)
    assert decode(output.data).get(OtherAddress).address == QUARTET.alternate


@pytest.mark.parametrize("wishes", [(), (ChangeRequest(),)])
def test_every_answer_is_counted(make_world, wishes):
    world = make_world(listen=QUARTET.members, quartet=QUARTET)
    client = world.client()
    answer = client.ask(Message.request(Method.BINDING, b"t" * 12, *wishes))
    assert answer.get(OtherAddress).address == QUARTET.alternate
    assert world.relay.counters().bindings == 1


def test_the_answers_are_made_without_the_core_too(make_world):
    world = make_world(listen=QUARTET.members, quartet=QUARTET)
    request = Message.request(Method.BINDING, b"t" * 12)
    five_tuple = _five_tuple(world)
    (output,) = binding.answer(request, five_tuple, world.relay.state, world.now)
    assert decode(output.data).transaction_id == b"t" * 12


STREAMS = [(Transport.TCP, "listen_tcp"), (Transport.TLS, "listen_tls")]
FILES = CertificateFiles(Path("c"), Path("k"))


@pytest.mark.parametrize(("transport", "setting"), STREAMS)
@pytest.mark.parametrize("server", QUARTET.members)
def test_over_a_stream_the_other_address_is_named_and_nothing_is_sent_from_elsewhere(
    make_world, transport, setting, server
):
    listeners = tuple(one._replace(port=one.port + 1871) for one in QUARTET.members)
    world = make_world(
        listen=QUARTET.members, quartet=QUARTET, certificate=FILES, **{setting: listeners}
    )
    at = server._replace(port=server.port + 1871)
    line = FiveTuple(world.client().address, at, transport)
    plain = Message.request(Method.BINDING, b"t" * 12)
    (output,) = binding.answer(plain, line, world.relay.state, world.now)
    far = QUARTET.elsewhere(server, change_ip=True, change_port=True)
    assert output.five_tuple == line
    assert decode(output.data).attributes == (
        XorMappedAddress(line.client),
        MappedAddress(line.client),
        ResponseOrigin(at),
        OtherAddress(far._replace(port=far.port + 1871)),
    )
    change = Message.request(Method.BINDING, b"t" * 12, ChangeRequest(change_ip=True))
    output, *_ = binding.answer(change, line, world.relay.state, world.now)
    assert decode(output.data).get(ErrorCode).code == 420


@pytest.mark.parametrize("listeners", [QUARTET.members[:3], QUARTET.members[:4:3], ()])
def test_over_a_stream_no_other_address_is_named_where_a_listener_is_missing(make_world, listeners):
    world = make_world(listen=QUARTET.members, quartet=QUARTET, listen_tcp=listeners)
    line = FiveTuple(world.client().address, QUARTET.primary, Transport.TCP)
    (output,) = binding.answer(
        Message.request(Method.BINDING, b"t" * 12), line, world.relay.state, world.now
    )
    assert decode(output.data).attributes == (XorMappedAddress(line.client),)


def test_over_a_stream_a_server_that_is_none_for_discovery_answers_shortly(make_world):
    world = make_world(listen=QUARTET.members, listen_tcp=QUARTET.members)
    line = FiveTuple(world.client().address, QUARTET.primary, Transport.TCP)
    (output,) = binding.answer(
        Message.request(Method.BINDING, b"t" * 12), line, world.relay.state, world.now
    )
    assert decode(output.data).attributes == (XorMappedAddress(line.client),)


def _five_tuple(world):
    return FiveTuple(world.client().address, QUARTET.primary)
