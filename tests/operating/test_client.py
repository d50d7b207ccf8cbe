"""The operator's end of an admin socket, and what answers there instead of a server."""

import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from operating.client import LineClient
from operating.kind import Kind
from tests.operating.answering import answering


class AdminError(Exception):
    pass


KIND = Kind("relay", AdminError)


def client_of(path: Path, deadline: float = 10.0) -> LineClient:
    return LineClient(path, KIND, longest=100, deadline=deadline)


def test_a_line_is_said_and_lines_are_heard_however_they_come(directory: Path) -> None:
    with (
        answering(directory / "s", b"one\ntwo\n", b"three\n") as asked,
        client_of(directory / "s") as client,
    ):
        client.say(b"hello\n")
        assert [client.hear(), client.hear()] == [b"one", b"two"]
        client.say(b"more\n")
        assert client.hear() == b"three"
    assert asked == [b"hello\n", b"more\n"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"", "relay at .*: it closed the connection"), (b"x" * 101, "its answer is too long")],
)
def test_what_is_no_line_is_one_sentence(directory: Path, answer: bytes, words: str) -> None:
    with (
        answering(directory / "s", answer),
        client_of(directory / "s") as client,
    ):
        client.say(b"hello\n")
        with pytest.raises(AdminError, match=words):
            client.hear()


@dataclass(frozen=True)
class Refused:
    why: str


def decoded(line: bytes) -> object:
    if line.startswith(b"["):
        raise RecursionError("nested too deeply")
    return Refused("not today") if line == b"no" else int(line)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"no\n", "^not today$"),
        (b"HTTP/1.1 400\n", "is no relay of ours: invalid literal"),
        (b"7\n", "expected str from .*, got 7"),
        (b"[[[\n", "is no relay of ours: nested too deeply"),
    ],
)
def test_what_is_not_the_answer_that_was_wanted_is_one_sentence(
    directory: Path, answer: bytes, words: str
) -> None:
    with answering(directory / "s", answer), client_of(directory / "s") as client:
        client.say(b"hello\n")
        with pytest.raises(AdminError, match=words):
            client.hear_as(str, decoded, Refused)


def test_who_has_gone_cannot_be_told_anything(directory: Path) -> None:
    with answering(directory / "s"), client_of(directory / "s") as client:
        client._socket.shutdown(socket.SHUT_WR)
        with pytest.raises(AdminError, match="the relay at"):
            client.say(b"hello\n")


def test_where_no_socket_is_the_way_to_get_one_is_told(directory: Path) -> None:
    with pytest.raises(AdminError, match="Is the relay running, with --admin"):
        client_of(directory / "s").__enter__()


def test_one_that_is_gone_and_one_that_is_silent_are_said(directory: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(directory / "s"))
        with pytest.raises(AdminError, match="the one that made the socket is gone"):
            client_of(directory / "s").__enter__()
        left.listen()
        with client_of(directory / "s", deadline=0.01) as client:
            client.say(b"hello\n")
            with pytest.raises(AdminError, match="no answer in time"):
                client.hear()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied"), "Ask as the user that runs the relay"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (TimeoutError(), "in time"),
    ],
)
def test_why_a_socket_cannot_be_asked_is_told(
    directory: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, words: str
) -> None:
    class Refusing(socket.socket):
        def connect(self, *_: object) -> None:
            raise error

    monkeypatch.setattr("operating.client.socket.socket", Refusing)
    with pytest.raises(AdminError, match=words):
        client_of(directory / "s").__enter__()
