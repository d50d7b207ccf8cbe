"""What Linux tells of an undelivered packet is told in words."""

import struct

import pytest

from nat.discovery.errorqueue import take_errors
from stunwire import Address

THERE = ("198.51.100.1", 3478)


class _Queue:
    """A socket with errors of these contents."""

    def __init__(self, *contents: bytes) -> None:
        self._left = [(0, 11, content) for content in contents]

    def recvmsg(self, *_: object):  # type: ignore[no-untyped-def]
        if not self._left:
            raise BlockingIOError
        return b"", [self._left.pop(0)], 0, THERE


@pytest.mark.parametrize(
    ("code", "origin", "kind", "subkind", "info", "words", "mtu"),
    [
        (111, 2, 3, 3, 0, "port unreachable", None),
        (111, 3, 1, 4, 0, "port unreachable", None),
        (113, 2, 3, 13, 0, "administratively prohibited", None),
        (113, 3, 1, 1, 0, "administratively prohibited", None),
        (113, 2, 3, 1, 7, "no route to host", None),
        (90, 2, 3, 4, 1400, "message too long", 1400),
        (90, 3, 2, 0, 1280, "message too long", 1280),
        (90, 1, 0, 0, 1500, "message too long", 1500),
    ],
)
def test_an_error_is_told_in_words(
    code: int, origin: int, kind: int, subkind: int, info: int, words: str, mtu: int | None
) -> None:
    content = struct.pack("=IBBBxII", code, origin, kind, subkind, info, 0)
    (error,) = take_errors(_Queue(content))  # type: ignore[arg-type]
    assert (error.errno, error.strerror, error.mtu) == (code, words, mtu)
    assert error.target == Address(*THERE)
