"""What Linux tells of an undelivered packet is read as it lies in memory."""

import socket
import struct

import pytest

from nat.discovery import errorqueue
from nat.discovery.errorqueue import AT_ONCE, take_errors
from stunwire import Address

THERE = ("198.51.100.1", 3478)


class _Queue:
    """A socket with errors of these contents."""

    def __init__(self, *contents: bytes, level: int = 0, kind: int = 11) -> None:
        self._left = [(level, kind, content) for content in contents]

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


def test_what_is_no_error_is_passed_over() -> None:
    assert not list(take_errors(_Queue(b"short")))  # type: ignore[arg-type]
    assert not list(take_errors(_Queue(bytes(16), level=socket.SOL_SOCKET)))  # type: ignore[arg-type]
    assert not list(take_errors(object()))  # type: ignore[arg-type]


def test_no_more_than_some_are_taken_at_once() -> None:
    assert len(list(take_errors(_Queue(*[bytes(16)] * 100)))) == AT_ONCE  # type: ignore[arg-type]


def test_elsewhere_than_on_linux_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errorqueue.sys, "platform", "darwin")
    errorqueue.keep_errors(object())  # type: ignore[arg-type]
