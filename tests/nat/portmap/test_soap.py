"""Tests of `nat.portmap.soap`: calls that a device understands, and answers that are understood."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.portmap import soap
from nat.portmap.errors import MalformedError
from nat.portmap.soap import Fault
from nat.portmapping import soap as server
from nat.portmapping.ssdp import SERVICE


def test_a_device_understands_the_call_and_we_its_answer() -> None:
    call = soap.encode_call(SERVICE, "Do", {"NewText": "a < b & c", "NewNumber": 5})
    understood = server.parse(call, SERVICE)
    assert understood.action == "Do"
    assert understood.arguments == {"NewText": "a < b & c", "NewNumber": "5"}
    answer = server.response(SERVICE, "Do", {"NewAnswer": " <yes> "})
    assert soap.decode(answer, "Do") == {"NewAnswer": "<yes>"}


def test_a_fault_is_read_with_what_the_device_says() -> None:
    fault = server.fault(server.FaultError(718, "ConflictInMappingEntry"))
    assert soap.decode(fault, "Do") == Fault(718, "ConflictInMappingEntry")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no XML"),
        (b"<html>Please log in</html>", "expected an answer to Do, got <html>"),
        (server.response(SERVICE, "Other", {}), "expected an answer to Do"),
        (server.fault(server.FaultError(0, "")).replace(b">0<", b">many<"), "is no number"),
        (b"<!DOCTYPE x><x/>", "document type"),
    ],
)
def test_what_is_no_answer_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(MalformedError, match=words):
        soap.decode(body, "Do")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for body in (data, b"<DoResponse>" + data + b"</DoResponse>"):
        with contextlib.suppress(MalformedError):
            soap.decode(body, "Do")
