"""Tests of `nat.portmap.natpmp`: RFC 6886's packets as a client makes and reads them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.packets import Address, Protocol
from nat.portmap import natpmp
from nat.portmap.errors import MalformedError
from nat.portmapping.natpmp import NatPmp

ALICE = Address("192.168.1.2", 40000)


def test_requests_are_laid_out_as_in_the_rfc() -> None:
    assert natpmp.encode_external() == bytes.fromhex("0000")
    opened = natpmp.encode_mapping(Protocol.TCP, 0x1234, 0x5678, 7200)
    assert opened == bytes.fromhex("0002 0000 1234 5678 00001c20")


def test_who_ends_a_mapping_suggests_no_external_port() -> None:
    assert natpmp.encode_mapping(Protocol.UDP, 5000, 6000, 0) == bytes.fromhex(
        "0001 0000 1388 0000 00000000"
    )


def test_answers_are_read_as_the_rfc_lays_them_out() -> None:
    assert natpmp.decode(bytes.fromhex("0080 0000 00000010 cb007101")) == natpmp.ExternalAddress(
        16, "203.0.113.1"
    )
    mapped = natpmp.decode(bytes.fromhex("0082 0000 00000010 1234 5678 00000e10"))
    assert mapped == natpmp.Mapped(16, Protocol.TCP, 0x1234, 0x5678, 3600)


@pytest.mark.parametrize("tail", ["", "1388 0000 00000000"], ids=["short", "long"])
def test_a_refusal_is_read_whether_it_repeats_the_request_or_not(tail: str) -> None:
    refused = natpmp.decode(bytes.fromhex(f"0081 0002 00000010 {tail}"))
    assert refused == natpmp.Refused(16, 1, 2)
    assert isinstance(refused, natpmp.Refused)
    assert refused.answers(Protocol.UDP)
    assert not refused.answers(Protocol.TCP)
    assert not refused.answers(None)


@pytest.mark.parametrize("answer", ["0280 0001 00000000 00000000", "0080 0001 00000000"])
def test_who_speaks_another_version_is_understood(answer: str) -> None:
    assert isinstance(natpmp.decode(bytes.fromhex(answer)), natpmp.OtherVersion)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0\x80", b"\0\0" + bytes(10), b"\0\x83" + bytes(14), b"\0\x81" + bytes(13)],
    ids=["empty", "short", "a request", "unknown opcode", "cut off"],
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        natpmp.decode(data)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(MalformedError):
        natpmp.decode(data)


def test_a_server_and_a_client_understand_each_other(mapper) -> None:
    server = NatPmp(mapper, started=0)
    request = natpmp.encode_mapping(Protocol.UDP, 5000, 1026, 600)
    answer = server.receive(request, ALICE, 10)
    assert answer is not None
    assert natpmp.decode(answer) == natpmp.Mapped(10, Protocol.UDP, 5000, 1026, 600)
    gone = server.receive(natpmp.encode_mapping(Protocol.UDP, 5000, 1026, 0), ALICE, 20)
    assert gone is not None
    assert natpmp.decode(gone) == natpmp.Mapped(20, Protocol.UDP, 5000, 0, 0)
