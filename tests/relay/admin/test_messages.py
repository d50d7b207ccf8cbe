"""The admin protocol's lines."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operating.messages import encode
from relay.admin.messages import (
    AskDisconnect,
    AskMint,
    AskSessions,
    AskStatus,
    Complaint,
    Refused,
    Reloaded,
    Sessions,
    decode_answer,
    decode_request,
)


@pytest.mark.parametrize(
    "request_",
    [
        AskStatus(),
        AskSessions(user="a", after=7),
        AskDisconnect(allocation=3),
        AskMint(user="", ttl=1),
    ],
)
def test_a_request_is_one_line_that_is_read_as_it_was_written(request_: Any) -> None:
    line = encode(request_)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode_request(line) == request_


@pytest.mark.parametrize("answer", [Reloaded(), Sessions(sessions=(), next=None)])
def test_an_answer_is_read_as_it_was_written(answer: Any) -> None:
    assert decode_answer(encode(answer)) == answer


def test_a_line_break_in_a_name_does_not_end_the_line() -> None:
    assert encode(AskMint(user="a\nb", ttl=1)).count(b"\n") == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "truncated"),
        (b"{}", "version"),
        (b'{"version":1}', "ask"),
        (b'{"version":1,"ask":"shutdown"}', "shutdown"),
        (b'{"version":1,"ask":"status","verbose":true}', "verbose"),
        (b'{"version":1,"ask":"sessions","after":"x"}', "after"),
        (b"\xff\xfe", "malformed"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(line: bytes, words: str) -> None:
    refused = decode_request(line)
    assert isinstance(refused, Refused)
    assert refused.complaint is Complaint.BAD_REQUEST
    assert words in refused.why


def test_another_version_is_refused_before_the_rest_is_read() -> None:
    refused = decode_request(b'{"version":2,"ask":"something new"}')
    assert isinstance(refused, Refused)
    assert refused.complaint is Complaint.UNSUPPORTED_VERSION
    assert "version 1, got 2" in refused.why


@given(st.binary(max_size=200))
def test_any_line_is_read_or_refused(line: bytes) -> None:
    decode_request(line)


def test_an_answer_of_another_kind_raises() -> None:
    with pytest.raises(ValueError, match="nothing"):
        decode_answer(json.dumps({"answer": "nothing"}).encode())
