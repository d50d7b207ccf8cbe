"""What the admin socket says in signaling's own words; all else is `operating.listener`'s."""

import asyncio
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from operating.listener import LONGEST_REQUEST, MOST_CONNECTIONS
from signaling.faults import AdminError
from signaling.operation.admin.listener import serve_admin


async def echo(line: bytes) -> Iterator[bytes]:
    match line:
        case b"fault\n":
            raise ZeroDivisionError
        case b"never\n":
            await asyncio.Event().wait()
    return iter((line, b"end\n"))


@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o007, 0o660), (0o000, 0o660)])
def test_it_is_for_its_owner_and_for_the_group_at_most_and_gone_in_the_end(
    directory: Path, umask: int, mode: int
) -> None:
    async def look() -> None:
        async with serve_admin(directory / "s", echo):
            assert stat.S_IMODE((directory / "s").stat().st_mode) == mode

    before = os.umask(umask)
    try:
        asyncio.run(look())
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert not (directory / "s").exists()


async def test_a_line_is_answered_with_lines(directory: Path) -> None:
    async with serve_admin(directory / "s", echo), asyncio.timeout(10):
        reader, writer = await asyncio.open_unix_connection(directory / "s")
        writer.write(b"one\n")
        assert [await reader.readline() for _ in range(2)] == [b"one\n", b"end\n"]
        writer.close()
        await writer.wait_closed()


async def test_another_server_at_the_same_place_is_an_operators_error(directory: Path) -> None:
    async with serve_admin(directory / "s", echo):
        with pytest.raises(AdminError, match="another server answers there"):
            async with serve_admin(directory / "s", echo):
                pass


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"x" * LONGEST_REQUEST * 3, "at most 4096 bytes"),
        (b"never\n", "in time"),
        (b"fault\n", "the server's log says more"),
    ],
)
async def test_why_somebody_is_refused_is_told(
    directory: Path, caplog: pytest.LogCaptureFixture, sent: bytes, why: str
) -> None:
    deadline = 0.1 if sent == b"never\n" else 30.0
    async with serve_admin(directory / "s", echo, deadline=deadline), asyncio.timeout(20):
        reader, writer = await asyncio.open_unix_connection(directory / "s")
        writer.write(sent)
        answer = json.loads(await reader.readline())
        writer.close()
        await writer.wait_closed()
    assert answer["answer"] == "refused"
    assert why in answer["why"]
    assert ("ZeroDivisionError" in caplog.text) is (sent == b"fault\n")


async def test_too_many_are_refused(directory: Path) -> None:
    async with serve_admin(directory / "s", echo), asyncio.timeout(10):
        opened = [
            await asyncio.open_unix_connection(directory / "s") for _ in range(MOST_CONNECTIONS + 1)
        ]
        assert b"at most 16 connections" in await opened[-1][0].readline()
        for _, writer in opened:
            writer.close()
            await writer.wait_closed()
