"""The admin socket: whose it is, and what it does not put up with."""

import asyncio
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from signaling.faults import AdminError
from signaling.operation.admin.listener import MOST_CONNECTIONS, serve_admin


async def echo(line: bytes) -> Iterator[bytes]:
    if line == b"fault\n":
        raise ZeroDivisionError
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
    async with serve_admin(directory / "s", echo):
        reader, writer = await asyncio.open_unix_connection(directory / "s")
        writer.write(b"one\ntwo\n")
        assert [await reader.readline() for _ in range(4)] == [
            b"one\n",
            b"end\n",
            b"two\n",
            b"end\n",
        ]
        writer.close()
        await writer.wait_closed()


async def test_one_that_nobody_answers_on_is_replaced(directory: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(directory / "s"))
    async with serve_admin(directory / "s", echo):
        _, writer = await asyncio.open_unix_connection(directory / "s")
        writer.close()
        await writer.wait_closed()


async def test_one_that_somebody_answers_on_is_left_alone(directory: Path) -> None:
    async with serve_admin(directory / "s", echo):
        with pytest.raises(AdminError, match="another server answers there"):
            async with serve_admin(directory / "s", echo):
                pass
        _, writer = await asyncio.open_unix_connection(directory / "s")
        writer.close()
        await writer.wait_closed()


async def test_a_file_is_left_alone(directory: Path) -> None:
    (directory / "s").write_text("precious")
    with pytest.raises(AdminError, match="no socket"):
        async with serve_admin(directory / "s", echo):
            pass
    assert (directory / "s").read_text() == "precious"


async def test_a_directory_where_everybody_may_write_is_no_place(directory: Path) -> None:
    directory.chmod(0o777)
    with pytest.raises(AdminError, match="chmod o-w"):
        async with serve_admin(directory / "s", echo):
            pass


@pytest.mark.parametrize(
    ("sent", "why"), [(b"x" * 9000, b"at most 4096 bytes"), (b"fault\n", b"log says more")]
)
async def test_what_is_too_long_or_our_own_fault_is_said(
    directory: Path, sent: bytes, why: bytes
) -> None:
    async with serve_admin(directory / "s", echo):
        reader, writer = await asyncio.open_unix_connection(directory / "s")
        writer.write(sent)
        assert why in await reader.readline()
        writer.close()
        await writer.wait_closed()


async def test_whoever_says_nothing_is_cut_off_and_too_many_are_refused(directory: Path) -> None:
    async with serve_admin(directory / "s", echo, deadline=0.05):
        reader, writer = await asyncio.open_unix_connection(directory / "s")
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    async with serve_admin(directory / "s", echo):
        opened = [
            await asyncio.open_unix_connection(directory / "s") for _ in range(MOST_CONNECTIONS + 1)
        ]
        assert b"at most 16 connections" in await opened[-1][0].readline()
        for _, writer in opened:
            writer.close()
            await writer.wait_closed()
