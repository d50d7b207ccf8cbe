"""Tests of `nat.portmapping.pcp`: PCP as a NAT answers it."""

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat import Address
from nat.firewall import STRICT, Firewall
from nat.portmapping.pcp import LONG_ERROR, SHORT_ERROR, Opcode, Option, Pcp, Result

ALICE = Address("192.168.1.2", 40000)
BOB = Address("192.168.1.3", 40000)
NONCE, OTHER_NONCE = b"n" * 12, b"m" * 12


@pytest.fixture
def server(mapper):
    return Pcp(mapper, started=100.0)


def mapped_form(host):
    return b"\0" * 10 + b"\xff\xff" + ip_address(host).packed


def head(opcode, lifetime, client=ALICE.host):
    return struct.pack("!BBHI", 2, opcode, 0, lifetime) + mapped_form(client)


def map_request(
    internal=5000,
    wanted=0,
    lifetime=3600,
    *,
    nonce=NONCE,
    number=17,
    client=ALICE.host,
    options=b"",
):
    body = struct.pack("!12sB3xHH16s", nonce, number, internal, wanted, bytes(16))
    return head(Opcode.MAP, lifetime, client) + body + options


def ask(server, request, *, source=ALICE, now=110.0):
    """The answer as (result, lifetime, external port)."""
    answer = server.receive(request, source, now)
    version, opcode, _, result, lifetime, epoch = struct.unpack_from("!BBBBII", answer)
    assert (version, opcode, epoch) == (2, request[1] | 0x80, int(now - 100))
    assert len(answer) % 4 == 0
    port = struct.unpack_from("!H", answer, 24 + 18)[0] if len(answer) >= 60 else None
    return Result(result), lifetime, port


def option(code, data=b""):
    return struct.pack("!BBH", code, 0, len(data)) + data + bytes(-len(data) % 4)


def test_a_mapping_is_made_and_told_with_its_address(server):
    answer = server.receive(map_request(wanted=8080), ALICE, 110.0)
    assert answer[24:36] == NONCE
    assert struct.unpack_from("!B3xHH16s", answer, 36) == (
        17,
        5000,
        8080,
        mapped_form("203.0.113.1"),
    )
    assert len(answer) == 60


def test_a_renewal_keeps_the_port_and_needs_the_nonce(server):
    assert ask(server, map_request(wanted=8080)) == (Result.SUCCESS, 3600, 8080)
    assert ask(server, map_request(wanted=9090)) == (Result.SUCCESS, 3600, 8080)
    assert ask(server, map_request(nonce=OTHER_NONCE))[:2] == (Result.NOT_AUTHORIZED, LONG_ERROR)
    assert ask(server, map_request(nonce=OTHER_NONCE, lifetime=0))[0] is Result.NOT_AUTHORIZED


def test_the_nonce_of_a_mapping_that_is_over_binds_nobody(server):
    ask(server, map_request())
    assert ask(server, map_request(nonce=OTHER_NONCE), now=110.0 + 3600)[0] is Result.SUCCESS


def test_a_lifetime_of_zero_ends_a_mapping(server, mapper):
    ask(server, map_request())
    assert ask(server, map_request(lifetime=0)) == (Result.SUCCESS, 0, 0)
    assert mapper.listed == []
    assert ask(server, map_request(nonce=OTHER_NONCE))[0] is Result.SUCCESS


def test_prefer_failure_gives_the_wanted_port_or_none(server, mapper):
    prefer = option(Option.PREFER_FAILURE)
    assert ask(server, map_request(wanted=8080, options=prefer)) == (Result.SUCCESS, 3600, 8080)
    request = map_request(wanted=8080, options=prefer, client=BOB.host)
    assert ask(server, request, source=BOB)[0] is Result.CANNOT_PROVIDE_EXTERNAL
    assert (
        ask(server, map_request(wanted=9090, options=prefer))[0] is Result.CANNOT_PROVIDE_EXTERNAL
    )
    (left,) = mapper.listed
    assert left.external.port == 8080


def test_without_ports_the_client_may_ask_again_soon(server):
    for port in range(4):
        ask(server, map_request(internal=5000 + port))
    assert ask(server, map_request(internal=6000))[:2] == (Result.NO_RESOURCES, SHORT_ERROR)


def test_an_announce_is_answered(server):
    answer = server.receive(head(Opcode.ANNOUNCE, 0), ALICE, 110.0)
    assert answer == struct.pack("!BBBBII12x", 2, 0x80, 0, 0, 0, 10)
    assert server.announcement(110.0) == answer


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        (b"\x01" + head(1, 1)[1:], Result.UNSUPP_VERSION),
        (b"\x02\x01", Result.MALFORMED_REQUEST),
        (head(Opcode.MAP, 1), Result.MALFORMED_REQUEST),
        (map_request() + b"x", Result.MALFORMED_REQUEST),
        (map_request(options=bytes(1100)), Result.MALFORMED_REQUEST),
        (head(Opcode.PEER, 1), Result.UNSUPP_OPCODE),
        (map_request(client=BOB.host), Result.ADDRESS_MISMATCH),
        (map_request(number=132), Result.UNSUPP_PROTOCOL),
        (map_request(internal=0), Result.UNSUPP_PROTOCOL),
        (map_request(options=option(Option.THIRD_PARTY, bytes(16))), Result.UNSUPP_OPTION),
        (map_request(options=option(Option.FILTER, bytes(20))), Result.UNSUPP_OPTION),
        (map_request(options=b"\xff\x00\x00\x09" + bytes(4)), Result.MALFORMED_OPTION),
        (map_request(options=option(Option.PREFER_FAILURE, bytes(4))), Result.MALFORMED_OPTION),
        (map_request(options=2 * option(Option.PREFER_FAILURE)), Result.MALFORMED_OPTION),
        (map_request(options=option(200, b"abc")), Result.SUCCESS),
    ],
)
def test_requests_are_judged_as_the_rfc_says(server, request_, result):
    assert ask(server, request_)[0] is result


@pytest.mark.parametrize("silent", [b"", b"\x02", b"\x02\x81" + bytes(58)])
def test_what_is_no_request_is_not_answered(server, silent):
    assert server.receive(silent, ALICE, 100.0) is None


def test_nonces_of_mappings_that_are_gone_are_forgotten(server, mapper):
    for n in range(2000):
        ask(server, map_request(internal=1 + n))
        mapper.listed.clear()
    assert len(server._nonces) <= 256


@given(st.binary(max_size=1200))
def test_any_bytes_are_answered_or_not_but_never_an_exception(data):
    from tests.nat.portmapping.conftest import (
        ListedNat,
    )  # the fixture is not made anew for each example

    for start in (b"", map_request()[:24], map_request()):
        answer = Pcp(ListedNat(), 0.0).receive(start + data, ALICE, 1.0)
        assert answer is None or (len(answer) % 4 == 0 and len(answer) <= 1100 + 24)


def test_a_firewall_gives_a_pinhole_at_the_address_that_asks():
    """RFC 6887 §11.3: nothing is translated, so another port than the internal one cannot be had."""
    asks = Address("2001:db8::2", 40000)
    wall = Pcp(Firewall(STRICT), started=100.0)

    def answered(wanted, lifetime, options=b""):
        client = ip_address(asks.host).packed
        head = struct.pack("!BBHI", 2, Opcode.MAP, 0, lifetime) + client
        body = struct.pack("!12sB3xHH16s", NONCE, 17, 5000, wanted, bytes(16))
        found = wall.receive(head + body + options, asks, 110.0)
        return Result(found[3]), struct.unpack_from("!HH", found, 40), found[44:60]

    packed = ip_address(asks.host).packed
    assert answered(0, 600) == answered(6000, 600) == (Result.SUCCESS, (5000, 5000), packed)
    exactly = option(Option.PREFER_FAILURE)
    assert answered(6000, 600, exactly)[0] is Result.CANNOT_PROVIDE_EXTERNAL
    assert answered(0, 0) == (Result.SUCCESS, (5000, 0), bytes(16))
