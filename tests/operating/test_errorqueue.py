"""What Linux tells of an undelivered packet is read as it lies in memory."""

import socket
import struct

import pytest

from operating import errorqueue
from operating.errorqueue import AT_ONCE, Origin, Undelivered, take_errors

THERE = ("198.51.100.1", 3478)


class _Queue:
    """A socket with errors of these contents."""

    def __init__(
        self, *contents: bytes, level: int = 0, kind: int = 11, target: object = THERE
    ) -> None:
        self._left = [(level, kind, content) for content in contents]
        self._target = target

    def recvmsg(self, *_: object):  # type: ignore[no-untyped-def]
        if not self._left:
            raise BlockingIOError
        return b"", [self._left.pop(0)], 0, self._target


@pytest.mark.parametrize(("level", "kind"), [(0, 11), (41, 25)])
def test_an_error_is_read_with_who_tells_it_and_where_the_packet_was_to_go(
    level: int, kind: int
) -> None:
    contents = [struct.pack("=IBBBxII", 90, origin, 3, 4, 1400, 0) for origin in (2, 99)]
    queue = _Queue(*contents, level=level, kind=kind)
    assert list(take_errors(queue)) == [  # type: ignore[arg-type]
        Undelivered(90, (Origin.ICMP, 3, 4), 1400, THERE),
        Undelivered(90, (Origin.NONE, 3, 4), 1400, THERE),
    ]
    (nowhere,) = take_errors(_Queue(contents[0], target=()))  # type: ignore[arg-type]
    assert nowhere.target is None


def test_what_is_no_error_is_passed_over() -> None:
    assert not list(take_errors(_Queue(b"short")))  # type: ignore[arg-type]
    assert not list(take_errors(_Queue(bytes(16), level=socket.SOL_SOCKET)))  # type: ignore[arg-type]
    assert not list(take_errors(_Queue(bytes(16), kind=8)))  # type: ignore[arg-type]
    assert not list(take_errors(object()))  # type: ignore[arg-type]


def test_no_more_than_some_are_taken_at_once() -> None:
    assert len(list(take_errors(_Queue(*[bytes(16)] * 100)))) == AT_ONCE  # type: ignore[arg-type]


def test_elsewhere_than_on_linux_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errorqueue.sys, "platform", "darwin")
    errorqueue.keep_errors(object())  # type: ignore[arg-type]
