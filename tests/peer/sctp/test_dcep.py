"""Openings in any language, as bytes of UTF-8; what is none is refused."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer.sctp import dcep
from peer.sctp.chunks import DecodeError
from peer.sctp.dcep import Acknowledgement, Opening


@pytest.mark.parametrize(
    "opening",
    [
        Opening("chat"),
        Opening(""),
        Opening("naïve", "é"),
        Opening("日本語のチャンネル", "протокол", ordered=False),
        Opening("🎈" * 5000, max_retransmits=0),
        Opening("x", max_lifetime=500, ordered=False),
    ],
)
def test_an_opening_comes_back_as_it_was(opening: Opening) -> None:
    assert dcep.decode(dcep.encode_open(opening)) == opening


def test_sizes_are_bytes_of_utf_8() -> None:
    """As RFC 8832 §5.1 says and browsers do."""
    data = dcep.encode_open(Opening("é", "日"))
    assert struct.unpack("!HH", data[8:12]) == (2, 3)


def test_aiortc_counts_characters_and_is_understood() -> None:
    data = struct.pack("!BBHLHH", 3, 0, 0, 0, 5, 1) + "naïveé".encode()
    assert dcep.decode(data) == Opening("naïve", "é")


def test_an_acknowledgement_is_one_byte() -> None:
    assert dcep.decode(dcep.encode_acknowledgement()) == Acknowledgement()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "of type none"),
        (b"\x09", "of type 09"),
        (b"\x03\0\0", "at least 12 bytes, this one 3"),
        (struct.pack("!BBHLHH", 3, 0, 0, 0, 9, 9) + b"short", "9 and 9 bytes in 5"),
        (struct.pack("!BBHLHH", 3, 0, 0, 0, 2, 0) + b"\xff\xfe", "not UTF-8"),
        (struct.pack("!BBHLHH", 3, 0, 0, 0, 1, 0) + b"\xff\xfe", "not UTF-8"),
        (struct.pack("!BBHLHH", 3, 0x13, 0, 0, 0, 0), "type 0x13"),
    ],
)
def test_what_is_no_opening_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        dcep.decode(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    for tried in (data, b"\x03" + data):
        with contextlib.suppress(DecodeError):
            dcep.decode(tried)


@pytest.mark.parametrize(
    ("opening", "why"),
    [
        (Opening("\ud800"), "label has no UTF-8"),
        (Opening("é" * 40_000), "label has 80000 bytes of UTF-8, of 65535 allowed"),
        (Opening("", "x" * 65_536), "protocol has 65536 bytes"),
        (Opening("", max_retransmits=-1), "not -1"),
        (Opening("", max_lifetime=1 << 32), "not 4294967296"),
    ],
)
def test_what_does_not_fit_is_the_callers_mistake(opening: Opening, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        dcep.encode_open(opening)


@pytest.mark.parametrize(
    ("message", "ppid", "data"),
    [
        ("grüß", 51, "grüß".encode()),
        ("", 56, b"\0"),
        (b"\xff", 53, b"\xff"),
        (b"", 57, b"\0"),
        (bytearray(b"ab"), 53, b"ab"),
        (memoryview(b"abcd")[1:3], 53, b"bc"),
    ],
)
def test_messages_have_their_kind(message: object, ppid: int, data: bytes) -> None:
    assert dcep.encode_message(message) == (ppid, data)
    assert dcep.decode_message(ppid, data) == message


@pytest.mark.parametrize(("message", "why"), [(5, "not int"), ("\udc80", "no UTF-8")])
def test_what_is_no_message_is_the_callers_mistake(message: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        dcep.encode_message(message)


@pytest.mark.parametrize(("ppid", "why"), [(51, "not UTF-8"), (99, "unknown kind 99")])
def test_a_message_that_cannot_be_read_is_the_remotes_mistake(ppid: int, why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        dcep.decode_message(ppid, b"\xff\xfe")
