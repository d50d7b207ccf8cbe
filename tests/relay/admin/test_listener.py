"""What the listener for operators says in the relay's own words; all else is `operating.listener`'s."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from operating.listener import LONGEST_REQUEST, MOST_CONNECTIONS
from relay.admin.listener import serve_admin
from relay.errors import AdminError


async def echo(line: bytes) -> bytes:
    match line:
        case b"fault\n":
            raise KeyError(line)
        case b"never\n":
            await asyncio.Event().wait()
    return line


async def connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_unix_connection(str(path))


async def test_each_line_is_answered_with_a_line_on_a_socket_that_is_the_owners_alone(
    directory: Path,
) -> None:
    async with serve_admin(directory / "s", echo), asyncio.timeout(10):
        assert stat.S_IMODE((directory / "s").stat().st_mode) == 0o600
        reader, writer = await connect(directory / "s")
        writer.write(b"one\ntwo\n")
        assert [await reader.readline() for _ in range(2)] == [b"one\n", b"two\n"]
        writer.close()


async def test_another_relay_at_the_same_place_is_an_error_of_the_relays(directory: Path) -> None:
    async with serve_admin(directory / "s", echo):
        with pytest.raises(AdminError, match="another relay answers there"):
            async with serve_admin(directory / "s", echo):
                pass


@pytest.mark.parametrize(
    ("line", "complaint", "why"),
    [
        (b"x" * LONGEST_REQUEST * 3, "bad request", str(LONGEST_REQUEST)),
        (b"never\n", "busy", "in time"),
        (b"fault\n", "internal", "the relay's log says more"),
    ],
)
async def test_what_is_refused_is_told_as_a_complaint(
    directory: Path, caplog: pytest.LogCaptureFixture, line: bytes, complaint: str, why: str
) -> None:
    deadline = 0.1 if line == b"never\n" else 30.0
    async with serve_admin(directory / "s", echo, deadline=deadline), asyncio.timeout(20):
        reader, writer = await connect(directory / "s")
        writer.write(line)
        answer = json.loads(await reader.readline())
        writer.close()
    assert answer["complaint"] == complaint
    assert why in answer["why"]
    assert ("KeyError" in caplog.text) is (complaint == "internal")


async def test_one_connection_too_many_is_told_that_it_is_busy(directory: Path) -> None:
    async with serve_admin(directory / "s", echo), asyncio.timeout(10):
        opened = [await connect(directory / "s") for _ in range(MOST_CONNECTIONS + 1)]
        assert json.loads(await opened[-1][0].readline())["complaint"] == "busy"
        for _, one in opened:
            one.close()
