"""What is particular to picows: what its own log would say is heard; test_connection.py has the rest."""

import asyncio
import socket
from types import SimpleNamespace

import pytest

from signaling.codes import CloseCode
from signaling.transports.connection import Bounds, Stage
from signaling.transports.picows import PicowsConnection


@pytest.fixture
async def connection() -> PicowsConnection:
    rounds = SimpleNamespace(expect_end=lambda _connection: None)
    made = PicowsConnection(None, rounds, Bounds(100, 100), ("", 0), counted=False)
    made.stage = Stage.OPEN
    return made


async def test_an_error_of_the_parser_says_how_the_connection_ends(connection):
    connection.error("WS parser error: %s, initiate disconnect", (1002, "bad opcode"))
    assert connection.stage is Stage.CLOSING
    assert (connection.close_code, connection.close_reason) == (1002, "bad opcode")
    assert connection.closed_by_us


async def test_an_error_of_our_own_is_logged_and_ends_the_connection_with_1011(connection, caplog):
    try:
        connection.no_such_thing()
    except AttributeError:
        connection.exception("Initiate disconnect because of exception")
    assert connection.close_code == CloseCode.INTERNAL_ERROR
    assert caplog.records[0].exc_info is not None


async def test_what_picows_has_to_say_besides_is_not_written(connection, caplog):
    caplog.set_level(0)
    assert not connection.isEnabledFor(50)
    connection.info("New connection accepted: %s", "192.0.2.1")
    connection.debug("x")
    assert caplog.records == []


async def test_a_unix_socket_is_written_for_the_log(connection):
    assert connection.peer == "a unix socket"


async def test_a_socket_that_picows_cannot_begin_with_is_cut_and_the_process_goes_on(connection):
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(20)
    connection.stage = Stage.OPENING
    gone = asyncio.Event()
    connection._rounds.is_gone = lambda _connection: gone.set()
    connection._shell = SimpleNamespace(failed=lambda _connection: None)
    loop = asyncio.get_running_loop()
    await loop.connect_accepted_socket(lambda: connection.protocol, ours)
    async with asyncio.timeout(20):
        await gone.wait()
    assert connection.failure.notable
    assert theirs.recv(1) == b""
    theirs.close()
