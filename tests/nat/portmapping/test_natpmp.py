"""Tests of `nat.portmapping.natpmp`: NAT-PMP as a NAT answers it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat import Address, Protocol
from nat.portmapping.natpmp import NatPmp, Result

ALICE = Address("192.168.1.2", 40000)
BOB = Address("192.168.1.3", 40000)


@pytest.fixture
def server(mapper):
    return NatPmp(mapper, started=100.0)


def ask(server, opcode, internal=5000, wanted=0, lifetime=3600, *, source=ALICE, now=110.0):
    """The answer to a request to map, as (result, epoch, internal, external, lifetime)."""
    request = struct.pack("!BBHHHI", 0, opcode, 0, internal, wanted, lifetime)
    version, answered, *rest = struct.unpack("!BBHIHHI", server.receive(request, source, now))
    assert (version, answered) == (0, opcode + 128)
    return tuple(rest)


def test_the_external_address_comes_with_the_age_of_the_table(server):
    assert server.receive(b"\0\0", ALICE, 160.5) == struct.pack(
        "!BBHI4B", 0, 128, 0, 60, 203, 0, 113, 1
    )


@pytest.mark.parametrize(("opcode", "protocol"), [(1, Protocol.UDP), (2, Protocol.TCP)])
def test_a_wanted_port_is_given_and_renewed(server, mapper, opcode, protocol):
    assert ask(server, opcode, wanted=8080) == (Result.SUCCESS, 10, 5000, 8080, 3600)
    assert ask(server, opcode, wanted=9090, now=1000.0) == (Result.SUCCESS, 900, 5000, 8080, 3600)
    (mapping,) = mapper.listed
    assert (mapping.protocol, mapping.internal, mapping.expires) == (
        protocol, Address(ALICE.host, 5000), 4600.0,
    )  # fmt: skip


def test_who_comes_second_gets_another_port(server):
    ask(server, 1, wanted=8080)
    assert ask(server, 1, wanted=8080, source=BOB)[3] == 1024


def test_lifetimes_are_kept_within_bounds(server):
    assert ask(server, 1, lifetime=1)[-1] == 120
    assert ask(server, 1, lifetime=10**9)[-1] == 86400


def test_without_ports_the_answer_says_so(server):
    for port in range(4):
        assert ask(server, 1, internal=5000 + port)[0] == Result.SUCCESS
    assert ask(server, 1, internal=6000) == (Result.OUT_OF_RESOURCES, 10, 6000, 0, 0)


def test_a_lifetime_of_zero_ends_a_mapping_also_one_that_is_not(server, mapper):
    ask(server, 1)
    for _ in range(2):
        assert ask(server, 1, lifetime=0) == (Result.SUCCESS, 10, 5000, 0, 0)
        assert mapper.listed == []


def test_port_zero_ends_all_mappings_of_the_host_and_protocol_alone(server, mapper):
    for opcode, source in ((1, ALICE), (2, ALICE), (1, BOB)):
        ask(server, opcode, source=source)
    ask(server, 1, internal=6000)
    ask(server, 1, internal=0, lifetime=0)
    left = {(one.protocol, one.internal.host) for one in mapper.listed}
    assert left == {(Protocol.TCP, ALICE.host), (Protocol.UDP, BOB.host)}


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        (b"\x01\x00", Result.UNSUPPORTED_VERSION),
        (b"\x00\x03" + bytes(10), Result.UNSUPPORTED_OPCODE),
        (b"\x00\x01" + bytes(9), Result.UNSUPPORTED_OPCODE),
    ],
)
def test_what_is_not_understood_is_refused(server, request_, result):
    answer = server.receive(request_, ALICE, 100.0)
    assert answer == struct.pack("!BBHI", 0, request_[1] + 128, result, 0)


def test_port_zero_cannot_be_mapped(server):
    assert ask(server, 1, internal=0)[0] == Result.NOT_AUTHORIZED


@pytest.mark.parametrize("silent", [b"", b"\0", b"\0\x80" + bytes(10)])
def test_what_is_no_request_is_not_answered(server, silent):
    assert server.receive(silent, ALICE, 100.0) is None


@given(st.binary(max_size=64))
def test_any_bytes_are_answered_or_not_but_never_an_exception(data):
    from tests.nat.portmapping.conftest import (
        ListedNat,
    )  # the fixture is not made anew for each example

    answer = NatPmp(ListedNat(), 0.0).receive(data, ALICE, 1.0)
    assert answer is None or (len(answer) in {8, 12, 16} and answer[1] >= 128)
