"""Frames as the server writes them, and messages put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from signaling.codes import CloseCode
from signaling.transports.framing import (
    BINARY,
    CONTINUATION,
    TEXT,
    Fragments,
    Violation,
    close_code,
    text_frame,
    text_frames,
)


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65535, 65536, 100_000])
def test_a_text_frame_is_the_one_that_the_library_writes(length):
    payload = b"x" * length
    theirs = Frame(Opcode.TEXT, payload).serialize(mask=False)
    assert text_frame(payload) == theirs
    assert text_frames([payload, payload]) == theirs * 2


@given(text=st.text(), data=st.data())
def test_a_message_cut_anywhere_is_put_together(text, data):
    whole = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    fragments = Fragments(10_000)
    for number, piece in enumerate(pieces):
        opcode = CONTINUATION if number else TEXT
        final = number == len(pieces) - 1
        heard = fragments.add(opcode, piece, final=final)
        assert heard == (text if final else None)
        assert fragments.open != final


def test_a_fragmented_binary_message_stays_bytes():
    fragments = Fragments(10)
    assert fragments.add(BINARY, b"\xff", final=False) is None
    assert fragments.add(CONTINUATION, b"\xfe", final=True) == b"\xff\xfe"


def test_the_sum_of_fragments_is_bounded_and_empty_ones_are_not_kept():
    fragments = Fragments(10)
    fragments.add(TEXT, b"12345", final=False)
    for _ in range(1000):
        assert fragments.add(CONTINUATION, b"", final=False) is None
    assert fragments._parts == [b"12345"]
    over = fragments.add(CONTINUATION, b"678901", final=False)
    assert isinstance(over, Violation)
    assert over.code == CloseCode.MESSAGE_TOO_BIG


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", 1005),
        (b"\x03\xe8", 1000),
        (b"\x03\xe8bye", 1000),
        (b"\x0f\xa0", 4000),
        (b"\x13\x87", 4999),
    ],
)
def test_the_code_of_a_close_frame(payload, code):
    assert close_code(payload) == code


@pytest.mark.parametrize(
    "payload",
    [
        b"\x03",
        *((code).to_bytes(2, "big") for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000)),
    ],
)
def test_a_close_code_that_nobody_may_send_is_a_violation(payload):
    violation = close_code(payload)
    assert isinstance(violation, Violation)
    assert violation.code == CloseCode.PROTOCOL_ERROR
