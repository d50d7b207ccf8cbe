"""The listener for operators: bounds and deadlines."""

import asyncio
import json
from pathlib import Path

import pytest

from relay.admin.listener import MOST_CONNECTIONS, serve_admin
from relay.admin.messages import LONGEST_REQUEST


async def echo(line: bytes) -> bytes:
    return line


async def connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_unix_connection(str(path))


async def test_each_line_is_answered_with_a_line_also_many_on_one_connection(
    directory: Path,
) -> None:
    async with serve_admin(directory / "s", echo):
        reader, writer = await connect(directory / "s")
        writer.write(b"one\ntwo\n")
        async with asyncio.timeout(10):
            assert await reader.readline() == b"one\n"
            assert await reader.readline() == b"two\n"
        writer.close()
    assert not (directory / "s").exists()


async def test_a_line_that_is_too_long_is_refused_once_and_the_connection_closed(
    directory: Path,
) -> None:
    async with serve_admin(directory / "s", echo), asyncio.timeout(10):
        reader, writer = await connect(directory / "s")
        writer.write(b"x" * (LONGEST_REQUEST * 3))
        answer = json.loads(await reader.readline())
        assert answer["complaint"] == "bad request"
        assert str(LONGEST_REQUEST) in answer["why"]
        assert await at_end(reader)
        writer.close()


async def at_end(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionResetError:  # it was closed while bytes of ours were unread
        return True


async def test_one_connection_too_many_is_told_so_and_the_others_go_on(directory: Path) -> None:
    async with serve_admin(directory / "s", echo), asyncio.timeout(10):
        open_ = [await connect(directory / "s") for _ in range(MOST_CONNECTIONS)]
        for reader, writer in open_:
            writer.write(b"here\n")
            assert await reader.readline() == b"here\n"
        reader, writer = await connect(directory / "s")
        assert json.loads(await reader.readline())["complaint"] == "busy"
        writer.close()
        open_[0][1].write(b"still\n")
        assert await open_[0][0].readline() == b"still\n"
        for _, one in open_:
            one.close()


async def test_who_says_nothing_is_hung_up_on(directory: Path) -> None:
    async with serve_admin(directory / "s", echo, deadline=0.01), asyncio.timeout(10):
        reader, writer = await connect(directory / "s")
        assert await reader.read() == b""
        writer.close()


async def test_our_own_fault_is_answered_and_logged_and_ends_nothing(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(line: bytes) -> bytes:
        raise KeyError(line)

    async with serve_admin(directory / "s", fail), asyncio.timeout(10):
        reader, writer = await connect(directory / "s")
        for _ in range(2):
            writer.write(b"hello\n")
            assert json.loads(await reader.readline())["complaint"] == "internal"
        writer.close()
    assert "KeyError" in caplog.text


async def test_what_is_raised_while_it_serves_comes_through_as_it_is(directory: Path) -> None:
    with pytest.raises(OSError, match="metrics"):
        async with serve_admin(directory / "s", echo):
            raise OSError("metrics: in use")
    assert not (directory / "s").exists()
