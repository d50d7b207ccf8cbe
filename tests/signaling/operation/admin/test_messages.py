"""The admin protocol on the wire."""

import pytest

from operating.messages import encode
from signaling.operation.admin.messages import (
    AskKick,
    AskRooms,
    AskStatus,
    Refused,
    Rooms,
    decode_answer,
    decode_request,
)


@pytest.mark.parametrize("request_", [AskStatus(), AskRooms(), AskKick(room="r", peer="p")])
def test_a_request_is_one_line_and_is_read_as_it_was_written(request_: object) -> None:
    line = encode(request_)  # type: ignore[arg-type]
    assert line.count(b"\n") == 1
    assert decode_request(line) == request_


def test_an_answer_is_read_as_it_was_written() -> None:
    assert decode_answer(encode(Rooms(rooms=(), more=True))) == Rooms(rooms=(), more=True)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "truncated"),
        (b"[1]", "object"),
        (b'{"version": 2, "ask": "status"}', "version 1, got 2"),
        (b'{"version": 1, "ask": "reboot"}', "reboot"),
        (b'{"version": 1, "ask": "status", "x": 1}', "unknown field `x`"),
        (b'{"version": 1, "ask": "kick", "room": "", "peer": "p"}', "length >= 1"),
        (b'{"version": 1, "ask": "drain", "seconds": -1}', ">= 0"),
        (b'{"version": 1, "ask": "\xff"}', "utf-8"),
        (b'{"version":1,"x":' + b"[" * 4000, "recursion"),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(line: bytes, why: str) -> None:
    refused = decode_request(line)
    assert isinstance(refused, Refused)
    assert why in refused.why.lower().replace("maximum ", "")
