"""Durations, addresses and errors as people see them."""

import errno
import io

import pytest
import typer
from rich.console import Console
from rich.text import Text

from hairpin.console import (
    amount,
    cannot_listen,
    count,
    endpoint,
    milliseconds,
    parse_endpoint,
    printable,
    put,
    span,
    stderr,
    stdout,
    table,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.00004, "< 0.1 ms"),
        (0.0004, "0.4 ms"),
        (0.0099, "9.9 ms"),
        (0.041, "41 ms"),
        (0.9994, "999 ms"),
        (1.24, "1.2 s"),
    ],
)
def test_a_duration_has_a_unit_and_no_false_precision(seconds: float | None, text: str) -> None:
    assert milliseconds(seconds) == text


@pytest.mark.parametrize(
    "address", [("203.0.113.7", 4711), ("2001:db8::1", 4711), ("localhost", 0)]
)
def test_an_address_is_written_and_read_in_one_form(address: tuple[str, int]) -> None:
    assert parse_endpoint(endpoint(address), option="--x") == address


@pytest.mark.parametrize(
    "text", ["", "host", ":1", "host:", "host:x", "2001:db8::1:80", "h:65536", "h:-1"]
)
def test_what_is_no_address_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        parse_endpoint(text, option="--x")
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EADDRINUSE, "Port 3478 on 127.0.0.1 is in use (another STUN server?)"),
        (errno.EACCES, "needs more rights"),
        (errno.EADDRNOTAVAIL, "127.0.0.1 is not an address of this machine"),
        (errno.EIO, "Cannot listen on 127.0.0.1:3478"),
    ],
)
def test_a_listener_that_fails_says_where_and_what_to_do(number: int, words: str) -> None:
    error = OSError(number, "system text")
    line = cannot_listen(error, ("127.0.0.1", 3478), what="another STUN server?", option="--relay")
    assert words in line
    assert "\n" not in line


def test_numbers_stand_to_the_right() -> None:
    made = table("name", "at", right=("at",))
    assert [column.justify for column in made.columns] == ["left", "right"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (41.9, "41 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3600, "1 h"),
        (11_100, "3 h 5 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_span_has_one_unit_or_two(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_960, "100 kB"),
        (1_234_567, "1.2 MB"),
        (999_600_000, "1.0 GB"),
        (5e15, "5000.0 TB"),
    ],
)
def test_an_amount_of_bytes_has_a_unit_and_no_false_precision(size: float, text: str) -> None:
    assert amount(size) == text


def test_one_thing_is_not_many() -> None:
    assert [count(n, "packet") for n in (0, 1, 1204)] == ["0 packets", "1 packet", "1,204 packets"]


def test_a_strangers_text_cannot_command_the_terminal() -> None:
    assert printable("a\x1b[31m\nä") == "a\\x1b[31m\\x0aä"


@pytest.mark.parametrize("text", ["fd00:ab:1::cd:2", "9F:7D:CD:A0"])
def test_what_stands_between_colons_is_no_picture(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stdout().print(text)
    assert capsys.readouterr().out.strip() == text


@pytest.mark.parametrize("text", ["[fd00::1]:3478", "[2001:db8::1]", "[bold]"])
def test_what_stands_in_brackets_is_no_markup(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = table("address")
    rows.add_row(text)
    stdout().print(rows)
    stderr().print(text)
    captured = capsys.readouterr()
    assert text in captured.out
    assert captured.err.strip() == text


@pytest.mark.parametrize(("width", "is_table"), [(64, True), (63, False)])
def test_a_table_without_room_becomes_lines(width: int, is_table: bool) -> None:
    out = Console(file=io.StringIO(), width=width)
    rows = table("question", "answer", "rests on", title="IPv4")
    rows.add_row("UDP", Text("gets through", "green"), "29 tests")
    rows.add_row("double NAT", "unknown", "")
    put(out, rows)
    assert isinstance(out.file, io.StringIO)
    told = out.file.getvalue()
    assert ("┃" in told) is is_table
    if not is_table:
        lines = [line.rstrip() for line in told.splitlines()]
        assert lines == [
            "IPv4",
            "UDP",
            "  answer: gets through",
            "  rests on: 29 tests",
            "double NAT",
            "  answer: unknown",
        ]
