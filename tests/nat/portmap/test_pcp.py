"""Tests of `nat.portmap.pcp`: RFC 6887's packets as a client makes and reads them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nat
from nat.packets import Protocol
from nat.portmap import pcp
from nat.portmap.errors import MalformedError
from nat.portmapping.pcp import Pcp, Result
from stunwire import Address

ALICE = "192.168.1.2"
SOURCE = nat.Address(ALICE, 40000)
NONCE = b"0123456789ab"
V4 = "00000000 00000000 0000ffff"


def test_requests_are_laid_out_as_in_the_rfc() -> None:
    announce = bytes.fromhex(f"0200 0000 00000000 {V4} c0a80102")
    assert pcp.encode_announce(ALICE) == announce
    request = pcp.encode_map(ALICE, NONCE, Protocol.UDP, 5000, 3600, wanted=Address("1.2.3.4", 80))
    assert request == bytes.fromhex(f"0201 0000 00000e10 {V4} c0a80102") + NONCE + bytes.fromhex(
        f"11 000000 1388 0050 {V4} 01020304"
    )


@pytest.mark.parametrize(
    ("client", "nowhere"),
    [(ALICE, f"{V4} 00000000"), ("fe80::1%eth0", "00000000 00000000 00000000 00000000")],
)
def test_no_wish_for_an_address_is_written_in_the_client_s_family(
    client: str, nowhere: str
) -> None:
    request = pcp.encode_map(client, NONCE, Protocol.TCP, 80, 60)
    assert request.endswith(bytes.fromhex(f"0050 0000 {nowhere}"))


def test_a_mapping_is_read_and_its_nonce_never_printed() -> None:
    data = bytes.fromhex("0281 0000 00000258 0000000a 00000000 00000000 00000000") + NONCE
    data += bytes.fromhex(f"06 000000 1388 0401 {V4} cb007101")
    mapped = pcp.decode(data)
    assert mapped == pcp.Mapped(10, 600, Protocol.TCP, 5000, Address("203.0.113.1", 1025), NONCE)
    assert "0123" not in repr(mapped)


def test_a_refusal_says_for_how_long_it_stands() -> None:
    head = bytes.fromhex("0281 0008 0000001e 0000000a 00000000 00000000 00000000")
    body = NONCE + bytes.fromhex(f"11 000000 1388 0000 {V4} 00000000")
    assert pcp.decode(head + body) == pcp.Refused(10, 1, Result.NO_RESOURCES, 30, NONCE)
    assert pcp.decode(head) == pcp.Refused(10, 1, Result.NO_RESOURCES, 30)


def test_nat_pmp_answers_to_pcp_by_its_own_version() -> None:
    assert pcp.decode(bytes.fromhex("0081 0001 00000010")) == pcp.OtherVersion(0)


HEAD = bytes.fromhex("0281 0000 00000258 0000000a") + bytes(12)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\2\1" + bytes(22),
        HEAD[:20],
        HEAD + bytes(2),
        HEAD + bytes(1100),
        HEAD,
        HEAD + bytes(36),
        b"\2\x83" + HEAD[2:] + bytes(36),
    ],
    ids=["empty", "a request", "cut off", "odd", "huge", "bodyless", "protocol 0", "opcode 3"],
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        pcp.decode(data)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for candidate in (data, HEAD + data):
        with contextlib.suppress(MalformedError):
            pcp.decode(candidate)


def test_a_server_and_a_client_understand_each_other(mapper) -> None:
    server = Pcp(mapper, started=0)
    request = pcp.encode_map(ALICE, NONCE, Protocol.UDP, 5000, 600)
    answer = server.receive(request, SOURCE, 10)
    assert answer is not None
    external = Address("203.0.113.1", 1024)
    assert pcp.decode(answer) == pcp.Mapped(10, 600, Protocol.UDP, 5000, external, NONCE)
    other = pcp.encode_map(ALICE, b"another here", Protocol.UDP, 5000, 0)
    refused = server.receive(other, SOURCE, 20)
    assert refused is not None
    assert pcp.decode(refused) == pcp.Refused(20, 1, Result.NOT_AUTHORIZED, 1800, b"another here")
    announced = server.receive(pcp.encode_announce(ALICE), SOURCE, 30)
    assert announced is not None
    assert pcp.decode(announced) == pcp.Announced(30)
