"""Requests as lines: those that are known are read, and of all others it is said why they are not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operating.messages import Fault, Question, Unreadable, encode, read


class AskTime(Question, frozen=True, kw_only=True, tag="time"):
    """What time is it?"""


class AskWay(Question, frozen=True, kw_only=True, tag="way"):
    """Where is that?"""

    to_whom: str = ""


KINDS: Any = AskTime | AskWay


def test_a_question_is_one_line_and_is_read_as_it_was_written() -> None:
    line = encode(AskWay(to_whom="a\nb"))
    assert line == b'{"ask":"way","version":1,"to-whom":"a\\nb"}\n'
    assert read(line, KINDS, "clock") == AskWay(to_whom="a\nb")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "truncated"),
        (b"[1]", "object"),
        (b'{"ask":"time"}', "version"),
        (b'{"version":1}', "ask"),
        (b'{"version":1,"ask":"money"}', "money"),
        (b'{"version":1,"ask":"time","to-whom":"x"}', "to-whom"),
        (b'{"version":1,"ask":"\xff"}', "utf-8"),
        (b'{"version":1,"x":' + b"[" * 4000, "recursion"),
    ],
)
def test_what_is_no_question_is_said_with_the_reason(line: bytes, why: str) -> None:
    found = read(line, KINDS, "clock")
    assert isinstance(found, Unreadable)
    assert found.fault is Fault.FORM
    assert why in found.why.lower()


def test_another_version_is_told_which_one_is_spoken() -> None:
    why = "this clock speaks version 1, got 2"
    assert read(b'{"version":2,"new":[]}', KINDS, "clock") == Unreadable(Fault.VERSION, why)


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(line: bytes) -> None:
    assert isinstance(read(line, KINDS, "clock"), Question | Unreadable)
