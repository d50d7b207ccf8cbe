"""The listener for operators: whom it answers, bounds, deadlines, and an end that leaves nothing open."""

import asyncio
import errno
import gc
import logging
import socket
import warnings
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from operating.kind import Kind
from operating.listener import (
    LONGEST_REQUEST,
    MOST_CONNECTIONS,
    Complaint,
    Protocol,
    _Connections,
    serve,
)
from operating.place import Place

RELAY = Kind("relay", LookupError)
LONG = 60.0
"""Seconds after which a test has failed."""


async def echo(line: bytes) -> tuple[bytes, ...]:
    match line:
        case b"fault\n":
            raise ZeroDivisionError
        case b"never\n":
            await asyncio.Event().wait()
    return (line, b"end\n")


def refuse(complaint: Complaint, why: str) -> bytes:
    return f"{complaint.name}: {why}\n".encode()


PROTOCOL = Protocol(echo, refuse, logging.getLogger("lab"), "it has failed")


def serving(path: Path, **more: Any) -> AbstractAsyncContextManager[None]:
    return serve(path, RELAY, PROTOCOL, **more)


async def connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_unix_connection(str(path))


async def at_end(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionResetError:  # it was closed while bytes of ours were unread
        return True


async def test_each_line_is_answered_with_its_lines_also_many_on_one_connection(
    directory: Path,
) -> None:
    async with serving(directory / "s"), asyncio.timeout(LONG):
        reader, writer = await connect(directory / "s")
        writer.write(b"one\ntwo\n")
        lines = [await reader.readline() for _ in range(4)]
        assert lines == [b"one\n", b"end\n", b"two\n", b"end\n"]
        writer.close()
    assert not (directory / "s").exists()


async def test_where_another_answers_the_kinds_error_says_so(directory: Path) -> None:
    async with serving(directory / "s"), asyncio.timeout(LONG):
        with pytest.raises(LookupError, match="another relay answers there"):
            async with serving(directory / "s"):
                pass
        reader, writer = await connect(directory / "s")
        writer.write(b"still\n")
        assert await reader.readline() == b"still\n"
        writer.close()


async def test_a_line_that_is_too_long_is_refused_once_and_the_connection_closed(
    directory: Path,
) -> None:
    async with serving(directory / "s"), asyncio.timeout(LONG):
        reader, writer = await connect(directory / "s")
        writer.write(b"x" * (LONGEST_REQUEST * 3))
        refusal = await reader.readline()
        assert refusal == b"TOO_LONG: expected a line of at most 4096 bytes\n"
        assert await at_end(reader)
        writer.close()


async def test_one_connection_too_many_is_told_so_and_the_others_go_on(directory: Path) -> None:
    async with serving(directory / "s"), asyncio.timeout(LONG):
        opened = [await connect(directory / "s") for _ in range(MOST_CONNECTIONS)]
        for reader, writer in opened:
            writer.write(b"here\n")
            assert await reader.readline() == b"here\n"
        reader, writer = await connect(directory / "s")
        assert await reader.readline() == b"TOO_MANY: expected at most 16 connections at once\n"
        writer.close()
        reader, writer = opened[0]
        writer.write(b"still\n")
        assert [await reader.readline() for _ in range(2)] == [b"end\n", b"still\n"]
        for _, one in opened:
            one.close()


async def test_who_says_nothing_is_hung_up_on(directory: Path) -> None:
    async with serving(directory / "s", deadline=0.01), asyncio.timeout(LONG):
        reader, writer = await connect(directory / "s")
        assert await at_end(reader)
        writer.close()


async def test_an_answer_that_is_not_found_is_not_waited_for_without_end(directory: Path) -> None:
    async with serving(directory / "s", deadline=1.0), asyncio.timeout(LONG):
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(directory / "s"))
            asking.send(b"never\n")  # before it is accepted, when its time begins
            reader, writer = await asyncio.open_unix_connection(sock=asking.dup())
        assert await reader.readline() == b"TOO_LATE: no answer could be found in time\n"
        writer.close()


async def test_our_own_fault_is_answered_and_logged_and_ends_nothing(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(directory / "s"), asyncio.timeout(LONG):
        reader, writer = await connect(directory / "s")
        for _ in range(2):
            writer.write(b"fault\n")
            assert await reader.readline() == (
                b"OUR_FAULT: something went wrong; the relay's log says more\n"
            )
        writer.close()
    assert [one.message for one in caplog.records if one.name == "lab"] == ["it has failed"] * 2
    assert "ZeroDivisionError" in caplog.text


async def test_what_is_raised_while_it_serves_comes_through_as_it_is(directory: Path) -> None:
    with pytest.raises(OSError, match="metrics"):
        async with serving(directory / "s"):
            raise OSError("metrics: in use")
    assert not (directory / "s").exists()


@pytest.mark.parametrize("rounds", range(6))
async def test_it_ends_at_any_moment_of_a_connection_and_leaves_nothing_open(
    directory: Path, rounds: int
) -> None:
    """Also of one that is just being accepted, or whose task has not taken its first step."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        async with serving(directory / "s"), asyncio.timeout(LONG):
            reader, writer = await connect(directory / "s")
            writer.write(b"never\n")
            for _ in range(rounds):
                await asyncio.sleep(0)
        async with asyncio.timeout(LONG):
            assert await at_end(reader)
        writer.close()
        await asyncio.sleep(0)
        gc.collect()
    assert [str(one.message) for one in caught] == []


async def test_where_no_more_files_may_be_open_they_are_accepted_later(directory: Path) -> None:
    class Exhausted:
        """A listening socket of a process that has all the files it may have, once."""

        def __init__(self, listening: socket.socket) -> None:
            self.listening = listening
            self.refusals = 1

        def accept(self) -> Any:
            if self.refusals:
                self.refusals -= 1
                raise OSError(errno.EMFILE, "Too many open files")
            return self.listening.accept()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.listening, name)

    place = Place(directory / "s", RELAY)
    listening: Any = Exhausted(place.socket)
    connections = _Connections(listening, RELAY, PROTOCOL, LONG, pause=0.01)
    connections.listen()
    async with asyncio.timeout(LONG):
        reader, writer = await connect(directory / "s")
        writer.write(b"here\n")
        assert await reader.readline() == b"here\n"
        assert listening.refusals == 0
        await connections.close()
        writer.close()
    place.close()
