"""Lines come one by one from a pipe, whole, in order, and end with it."""

import os

from hairpin.calling.lines import MAX_LINE, lines


async def taken(data: bytes) -> list[str]:
    reading, writing = os.pipe()
    try:
        os.write(writing, data)
        os.close(writing)
        return [line async for line in lines(reading)]
    finally:
        os.close(reading)


async def test_lines_are_cut_at_their_ends_whichever_they_are() -> None:
    assert await taken("eins\r\nzwei\n\ndrei ü".encode()) == ["eins", "zwei", "", "drei ü"]
    assert await taken(b"") == []


async def test_what_is_not_utf_8_is_replaced_and_a_long_line_cut() -> None:
    assert await taken(b"a\xff\n") == ["a\ufffd"]
    long = b"x" * (MAX_LINE + 5)
    assert [len(line) for line in await taken(long + b"\n")] == [MAX_LINE, 5]


async def test_a_descriptor_that_cannot_be_read_is_an_empty_input() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    assert [line async for line in lines(reading)] == []
